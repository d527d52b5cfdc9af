/*
 * Kills its own process at the n-th write, sync, rename or unlink in one folder: before the call, or right after it.
 *
 *   LD_PRELOAD=shim.so KILL_FOLDER=/data KILL_CALL=write|sync|rename|unlink KILL_NTH=17 KILL_WHEN=before|after
 *
 * Linux and glibc. io_uring would pass it by: UV_USE_IO_URING=0.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int counted;

static int is_ours(const char *path) {
  const char *folder = getenv("KILL_FOLDER");
  return folder != NULL && path != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_open_in_folder(int descriptor) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_ours(path);
}

/* True for the one call that is to be the last. */
static int is_it(const char *call) {
  const char *wanted = getenv("KILL_CALL"), *nth = getenv("KILL_NTH");
  if (wanted == NULL || nth == NULL || strcmp(wanted, call) != 0) return 0;
  return __sync_add_and_fetch(&counted, 1) == atoi(nth);
}

static void die_if(int is_last, const char *when) {
  const char *wanted = getenv("KILL_WHEN");
  if (is_last && wanted != NULL && strcmp(wanted, when) == 0) kill(getpid(), SIGKILL), pause();
}

#define AROUND(type, name, parameters, arguments, call, is_counted)  \
  type name parameters {                                             \
    static type(*real) parameters;                                   \
    if (real == NULL) real = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
    int is_last = (is_counted) && is_it(call);                       \
    die_if(is_last, "before");                                       \
    type result = real arguments;                                    \
    die_if(is_last, "after");                                        \
    return result;                                                   \
  }

AROUND(ssize_t, pwrite, (int d, const void *b, size_t n, off_t o), (d, b, n, o), "write", is_open_in_folder(d))
AROUND(ssize_t, pwrite64, (int d, const void *b, size_t n, off64_t o), (d, b, n, o), "write", is_open_in_folder(d))
AROUND(ssize_t, pwritev, (int d, const struct iovec *v, int n, off_t o), (d, v, n, o), "write", is_open_in_folder(d))
AROUND(ssize_t, pwritev64, (int d, const struct iovec *v, int n, off64_t o), (d, v, n, o), "write", is_open_in_folder(d))
AROUND(int, fsync, (int d), (d), "sync", is_open_in_folder(d))
AROUND(int, fdatasync, (int d), (d), "sync", is_open_in_folder(d))
AROUND(int, rename, (const char *a, const char *b), (a, b), "rename", is_ours(a))
AROUND(int, unlink, (const char *a), (a), "unlink", is_ours(a))
AROUND(int, rmdir, (const char *a), (a), "unlink", is_ours(a))
AROUND(int, remove, (const char *a), (a), "unlink", is_ours(a))
