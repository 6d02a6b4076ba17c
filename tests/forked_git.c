/* Loaded into a git (LD_PRELOAD): it forks for each request, where git would have begun.

   The requests come at descriptor 100, one a message: four numbers (the umask, how many arguments and
   how many variables there are, whether it inherits no other descriptors), then the arguments and the
   variables, each with a NUL at its end; and four descriptors: the current directory and the three
   standard streams. The fork is a child of the process that started
   this one (CLONE_PARENT). The answer is its number, or -1. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINE 100
#define MOST (1 << 18) /* bytes: more than a message may have */
#define FILES 4

typedef int program(int, char **, char **);
typedef void hook(void);

extern char **environ;
static program *git;
static char data[MOST + 1];
static struct prctl_mm_map memory;

static char **words(char **at, uint32_t count) {
    char **made = malloc((count + 1) * sizeof *made);
    for (uint32_t n = 0; made && n < count; n++) {
        made[n] = *at;
        *at += strlen(*at) + 1;
    }
    if (made)
        made[count] = NULL;
    return made;
}

/* What proc(5) tells of the arguments and variables, as after execve(2). All else stays as it is. */
static int shown(char *start, char *middle, char *end) {
    struct prctl_mm_map map = memory;
    map.brk = (uintptr_t)sbrk(0);
    map.arg_start = (uintptr_t)start;
    map.arg_end = map.env_start = (uintptr_t)middle;
    map.env_end = (uintptr_t)end;
    return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0);
}

/* Where in the memory everything is: proc_pid_stat(5). */
static void look_up_memory(void) {
    static char text[4096];
    unsigned long long found[52] = {0};
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof text - 1);
    close(file);
    char *at = size > 0 ? strrchr(text, ')') : NULL;
    if (!at)
        _exit(1);
    at += 4; /* behind the state, which is the third */
    for (int n = 4; n < 52; n++)
        found[n] = strtoull(at, &at, 10);
    memory = (struct prctl_mm_map){
        .start_code = found[26], .end_code = found[27], .start_stack = found[28],
        .start_data = found[45], .end_data = found[46], .start_brk = found[47], .exe_fd = ~0U};
}

/* posix_spawn(3) ignores the two signals that the C library has for itself; `subprocess` does not. */
static long heeded(int number) {
    static const char otherwise[64]; /* struct sigaction, as the kernel has it */
    return syscall(SYS_rt_sigaction, number, otherwise, NULL, 8);
}

static void begin(const int *files) {
    uint32_t head[4];
    memcpy(head, data, sizeof head);
    char *start = data + sizeof head, *at = start;
    char **arguments = words(&at, head[1]), *middle = at, **variables = words(&at, head[2]);
    if (!arguments || !variables || shown(start, middle, at) || fchdir(files[0]))
        _exit(127);
    for (int n = 1; n < FILES; n++)
        dup2(files[n], n - 1);
    for (int n = 0; n < FILES; n++)
        close(files[n]);
    close(LINE);
    if (head[3] && (syscall(SYS_close_range, 3, ~0U, 0) || heeded(32) || heeded(33)))
        _exit(127);
    umask(head[0]);
    environ = variables;
    exit(git((int)head[1], arguments, variables));
}

static int serve(int argc, char **argv, char **envp) {
    (void)argc, (void)argv, (void)envp;
    look_up_memory();
    for (;;) {
        char room[CMSG_SPACE(FILES * sizeof(int))];
        struct iovec part = {data, MOST};
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
        ssize_t got = recvmsg(LINE, &message, MSG_CMSG_CLOEXEC);
        struct cmsghdr *control = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
        if (!control || control->cmsg_len != CMSG_LEN(FILES * sizeof(int)))
            _exit(0);
        int files[FILES];
        memcpy(files, CMSG_DATA(control), sizeof files);
        int32_t process = -1;
        if (!(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
            process = (int32_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
        if (!process)
            begin(files);
        for (int n = 0; n < FILES; n++)
            close(files[n]);
        if (send(LINE, &process, sizeof process, MSG_NOSIGNAL) < 0)
            _exit(0);
    }
}

int __libc_start_main(program *main, int argc, char **argv, hook *init, hook *fini, hook *end,
                      void *stack) {
    int (*real)(program *, int, char **, hook *, hook *, hook *, void *) =
        dlsym(RTLD_NEXT, "__libc_start_main");
    git = main;
    return real(serve, argc, argv, init, fini, end, stack);
}
