/* Makes one system call that writes fail, or kills there: cc -shared -fPIC -o shim.so shim.c -ldl

   LD_PRELOAD=shim.so FAULTS_CONTROL=FILE: FILE holds a `struct control`, which every process maps, so
   calls are counted across processes. Only calls on paths below `root` count. The call numbered `at`
   fails with the errno `how`, or ends the process (KILL) or its process group (CRASH). A write that
   fails for want of room, or is killed, has written half of its bytes before. `lasting`: every later
   call that needs room fails as well, as on a disk that stays full.

   What the C library calls inside itself is not seen, so streams are seen as they are opened, flushed
   and closed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define KILL -1
#define CRASH -2
#define NAME 2048

struct control {
    int64_t count, at;
    int32_t how, lasting;
    char root[NAME];
    char hit[NAME]; /* the call that failed, and its path */
};

static struct control *control;

__attribute__((constructor)) static void start(void) {
    const char *name = getenv("FAULTS_CONTROL");
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    int file = name ? real(name, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (at != MAP_FAILED) control = at;
}

static int inside(const char *path) {
    size_t length = strlen(control->root);
    return length && !strncmp(path, control->root, length);
}

static int of_file(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, NAME - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0 && inside(path);
}

static int of_name(int folder, const char *name, char *path) {
    char top[NAME];
    if (!name) return 0;
    if (name[0] == '/') {
        snprintf(path, NAME, "%s", name);
        return inside(path);
    }
    if (folder == AT_FDCWD) {
        if (!getcwd(top, sizeof top)) return 0;
    } else {
        of_file(folder, top);
    }
    snprintf(path, NAME, "%.1000s/%.1000s", top, name);
    return inside(path);
}

static void end(void) {
    kill(control->how == CRASH ? 0 : getpid(), SIGKILL);
    for (;;) pause();
}

/* Whether a call is to fail; errno is set then. `spoil` is called before, to write half. */
static int fails(const char *call, const char *path, int needs_room, int *half) {
    int64_t number = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
    int hit = control->at && number == control->at;
    if (!hit && !(control->at && control->lasting && needs_room && number > control->at)) return 0;
    if (hit) snprintf(control->hit, NAME, "%s %.1900s", call, path);
    if (half && (control->how < 0 || control->how == ENOSPC)) *half = 1;
    else if (control->how < 0) end();
    errno = control->how;
    return 1;
}

#define ON (control && control->root[0])
#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = dlsym(RTLD_NEXT, name)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        char where[NAME]; \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        REAL(int, #name, const char *, int, ...); \
        if (ON && (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) && of_name(AT_FDCWD, path, where) && \
            fails("open", where, flags & O_CREAT, NULL)) return -1; \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        char where[NAME]; \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        REAL(int, #name, int, const char *, int, ...); \
        if (ON && (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) && of_name(folder, path, where) && \
            fails("openat", where, flags & O_CREAT, NULL)) return -1; \
        return real(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name) \
    FILE *name(const char *path, const char *mode) { \
        char where[NAME]; \
        REAL(FILE *, #name, const char *, const char *); \
        if (ON && strpbrk(mode, "wa+") && of_name(AT_FDCWD, path, where) && \
            fails("fopen", where, 1, NULL)) return NULL; \
        return real(path, mode); \
    }
FOPEN(fopen)
FOPEN(fopen64)

int fflush(FILE *stream) {
    char where[NAME];
    REAL(int, "fflush", FILE *);
    if (ON && stream && __fwriting(stream) && of_file(fileno(stream), where) &&
        fails("fflush", where, 1, NULL)) {
        __fpurge(stream);
        return EOF;
    }
    return real(stream);
}

int fclose(FILE *stream) {
    char where[NAME];
    REAL(int, "fclose", FILE *);
    if (ON && __fwriting(stream) && of_file(fileno(stream), where) &&
        fails("fclose", where, 1, NULL)) {
        int wrong = errno;
        __fpurge(stream);
        real(stream);
        errno = wrong;
        return EOF;
    }
    return real(stream);
}

ssize_t write(int file, const void *data, size_t size) {
    char where[NAME];
    int half = 0;
    REAL(ssize_t, "write", int, const void *, size_t);
    if (ON && of_file(file, where) && fails("write", where, 1, &half)) {
        if (half) real(file, data, size / 2);
        if (control->how < 0) end();
        errno = control->how;
        return -1;
    }
    return real(file, data, size);
}

#define PWRITE(name, offset_type) \
    ssize_t name(int file, const void *data, size_t size, offset_type at) { \
        char where[NAME]; \
        int half = 0; \
        REAL(ssize_t, #name, int, const void *, size_t, offset_type); \
        if (ON && of_file(file, where) && fails("pwrite", where, 1, &half)) { \
            if (half) real(file, data, size / 2, at); \
            if (control->how < 0) end(); \
            errno = control->how; \
            return -1; \
        } \
        return real(file, data, size, at); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int count) {
    char where[NAME];
    int half = 0;
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    if (ON && of_file(file, where) && fails("writev", where, 1, &half)) {
        if (half) real(file, parts, count / 2);
        if (control->how < 0) end();
        errno = control->how;
        return -1;
    }
    return real(file, parts, count);
}

#define BY_NAME(name, label, room, folder, path, parameters, types, arguments) \
    int name parameters { \
        char where[NAME]; \
        REAL(int, #name, types); \
        if (ON && of_name(folder, path, where) && fails(label, where, room, NULL)) return -1; \
        return real arguments; \
    }
#define T(...) __VA_ARGS__
BY_NAME(rename, "rename", 0, AT_FDCWD, to, (const char *from, const char *to),
        T(const char *, const char *), (from, to))
BY_NAME(renameat, "rename", 0, tof, to, (int fromf, const char *from, int tof, const char *to),
        T(int, const char *, int, const char *), (fromf, from, tof, to))
BY_NAME(renameat2, "renameat2", 0, tof, to,
        (int fromf, const char *from, int tof, const char *to, unsigned flags),
        T(int, const char *, int, const char *, unsigned), (fromf, from, tof, to, flags))
BY_NAME(link, "link", 1, AT_FDCWD, to, (const char *from, const char *to),
        T(const char *, const char *), (from, to))
BY_NAME(linkat, "link", 1, tof, to,
        (int fromf, const char *from, int tof, const char *to, int flags),
        T(int, const char *, int, const char *, int), (fromf, from, tof, to, flags))
BY_NAME(symlink, "symlink", 1, AT_FDCWD, to, (const char *from, const char *to),
        T(const char *, const char *), (from, to))
BY_NAME(unlink, "unlink", 0, AT_FDCWD, path, (const char *path), T(const char *), (path))
BY_NAME(unlinkat, "unlink", 0, folder, path, (int folder, const char *path, int flags),
        T(int, const char *, int), (folder, path, flags))
BY_NAME(rmdir, "rmdir", 0, AT_FDCWD, path, (const char *path), T(const char *), (path))
BY_NAME(mkdir, "mkdir", 1, AT_FDCWD, path, (const char *path, mode_t mode),
        T(const char *, mode_t), (path, mode))
BY_NAME(mkdirat, "mkdir", 1, folder, path, (int folder, const char *path, mode_t mode),
        T(int, const char *, mode_t), (folder, path, mode))
BY_NAME(chmod, "chmod", 0, AT_FDCWD, path, (const char *path, mode_t mode),
        T(const char *, mode_t), (path, mode))
BY_NAME(fchmodat, "chmod", 0, folder, path, (int folder, const char *path, mode_t mode, int flags),
        T(int, const char *, mode_t, int), (folder, path, mode, flags))

#define BY_FILE(name, label, room, parameters, types, arguments) \
    int name parameters { \
        char where[NAME]; \
        REAL(int, #name, types); \
        if (ON && of_file(file, where) && fails(label, where, room, NULL)) return -1; \
        return real arguments; \
    }
BY_FILE(ftruncate, "ftruncate", 1, (int file, off_t size), T(int, off_t), (file, size))
BY_FILE(ftruncate64, "ftruncate", 1, (int file, off64_t size), T(int, off64_t), (file, size))
BY_FILE(fsync, "fsync", 1, (int file), T(int), (file))
BY_FILE(fdatasync, "fdatasync", 1, (int file), T(int), (file))
BY_FILE(fchmod, "chmod", 0, (int file, mode_t mode), T(int, mode_t), (file, mode))
