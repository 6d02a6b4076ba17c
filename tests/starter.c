/* What tests start in place of Python: it has a server start the program, or it becomes Python.

   usage: as the interpreter that PYTHON names when this is compiled; see start_server.py.

   A server that has seedgit loaded listens at "$START_SERVER/driver" and "$START_SERVER/command". It
   gets the arguments, the environment, the umask and the open files, and forks. This process waits,
   hands on the signals it gets, and ends as the fork did. Without the variable, without a server,
   for any other program, and where the server refuses, this process becomes the real interpreter. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_FILES 32

extern char **environ;
static int line = -1; /* to the server */

static void hand_on(int number) {
    int before = errno;
    unsigned char byte = (unsigned char)number;
    if (write(line, &byte, 1) < 0) {
    }
    errno = before;
}

static void hand_on_signals(void) {
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM};
    struct sigaction action = {.sa_handler = hand_on, .sa_flags = SA_RESTART};
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        sigaction(numbers[n], &action, NULL); /* the program may not ignore what was ignored */
}

/* The server that starts this program; NULL: none does. */
static const char *kind(int argc, char **argv) {
    const char *file = NULL, *server = "command";
    if (argc >= 2 && *argv[1] == '/') {
        file = argv[1];
    } else if (argc >= 3 && !strcmp(argv[1], "-I") && *argv[2] == '/') {
        file = argv[2];
    } else if (argc >= 4 && !strcmp(argv[1], "-I") && !strcmp(argv[2], "-S") && *argv[3] == '/') {
        file = argv[3];
        server = "driver";
    }
    return file || (argc >= 3 && !strcmp(argv[1], "-m") && !strcmp(argv[2], "seedgit")) ? server
                                                                                        : NULL;
}

static int connected(const char *name) {
    const char *place = getenv("START_SERVER");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!place || !*place ||
        snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", place, name) >=
            (int)sizeof address.sun_path)
        return -1;
    int plain = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (plain < 0)
        return -1;
    int high = fcntl(plain, F_DUPFD_CLOEXEC, 100); /* out of the way of inherited ones */
    close(plain);
    if (high >= 0 && connect(high, (struct sockaddr *)&address, sizeof address) < 0) {
        close(high);
        return -1;
    }
    return high;
}

static int sent(const char *data, size_t size) {
    while (size) {
        ssize_t done = send(line, data, size, MSG_NOSIGNAL);
        if (done < 0)
            return 0;
        data += done;
        size -= (size_t)done;
    }
    return 1;
}

static size_t put(char *at, const char *text) {
    size_t size = strlen(text) + 1;
    if (at)
        memcpy(at, text, size);
    return size;
}

/* The request as one text, each part with a NUL at its end. Returns its size; at may be NULL. */
static size_t written(char *at, const int *files, int count, int argc, char **argv) {
    char head[64 + 12 * MOST_FILES];
    mode_t mask = umask(0);
    umask(mask);
    int length = snprintf(head, sizeof head, "%d %d", (int)mask, (int)getppid());
    for (int n = 0; n < count; n++)
        length += snprintf(head + length, sizeof head - length, " %d", files[n]);
    char number[16];
    snprintf(number, sizeof number, "%d", argc);
    size_t size = put(at, head);
    size += put(at ? at + size : NULL, number);
    for (int n = 0; n < argc; n++)
        size += put(at ? at + size : NULL, argv[n]);
    for (char **each = environ; *each; each++)
        size += put(at ? at + size : NULL, *each);
    return size;
}

/* The current directory goes first, then the open files. */
static int asked(int argc, char **argv) {
    int files[MOST_FILES], sending[MOST_FILES + 1], count = 0;
    sending[0] = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (sending[0] < 0)
        return 0;
    for (int number = 0; number < 64; number++) {
        int flags = fcntl(number, F_GETFD);
        if (flags >= 0 && !(flags & FD_CLOEXEC)) {
            if (count == MOST_FILES)
                return 0;
            files[count] = number;
            sending[++count] = number;
        }
    }
    uint32_t size = (uint32_t)written(NULL, files, count, argc, argv);
    char *text = malloc(size);
    if (!text)
        return 0;
    written(text, files, count, argc, argv);
    size_t bytes = sizeof(int) * (size_t)(count + 1);
    char room[CMSG_SPACE(sizeof sending)] = {0};
    struct iovec part = {.iov_base = &size, .iov_len = sizeof size};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = CMSG_SPACE(bytes)};
    struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(bytes);
    memcpy(CMSG_DATA(control), sending, bytes);
    int whole = sendmsg(line, &message, MSG_NOSIGNAL) == sizeof size && sent(text, size);
    close(sending[0]);
    free(text);
    return whole;
}

/* Ends as the fork did, by its status of waitpid(2). */
static void end_as(int status) {
    if (!WIFSIGNALED(status))
        _exit(WEXITSTATUS(status));
    struct rlimit none = {0, 0};
    sigset_t all;
    setrlimit(RLIMIT_CORE, &none);
    signal(WTERMSIG(status), SIG_DFL);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    raise(WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

int main(int argc, char **argv) {
    const char *name = kind(argc, argv);
    line = name ? connected(name) : -1;
    if (line >= 0 && asked(argc, argv)) {
        char answer = 0;
        ssize_t got;
        while ((got = read(line, &answer, 1)) < 0 && errno == EINTR) {
        }
        if (got == 1 && answer == 'Y') {
            int32_t status = 0;
            hand_on_signals();
            while ((got = read(line, &status, sizeof status)) < 0 && errno == EINTR) {
            }
            if (got == sizeof status)
                end_as(status);
            static const char said[] = "starter: the server is gone\n";
            if (write(2, said, sizeof said - 1) < 0) {
            }
            _exit(125);
        }
    }
    if (line >= 0)
        close(line);
    execv(PYTHON, argv);
    perror(PYTHON);
    return 126;
}
