/* What a power loss takes: a library for LD_PRELOAD that writes down, before each write to a data file (*.mdb, without
 * lock.mdb), what was there before, and after each fdatasync, fsync or write with O_DSYNC, that what came before it is
 * on the disk. When the process is dead, power-loss.ts undoes writes that no sync has covered. It also answers for the
 * identity of the boot, which a store may ask to tell a crash of the process from one of the machine.
 *
 * SIGNALBOX_POWER_JOURNAL  the file it writes down to       SIGNALBOX_BOOT_ID  the file with the boot's identity
 * SIGNALBOX_SYNC_MS        how long a sync takes at least
 * Records are 48 bytes, little endian: type, 0, sequence, offset, length, size of the file, length of what follows.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITTEN = 1, SYNCED = 2, SYNCED_RANGE = 3 };
enum { FILES = 65536, CHUNK = 1 << 20 };

struct record {
  uint32_t type, reserved;
  uint64_t sequence, offset, length, size, follows;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char tracked[FILES]; /* 1: a data file; 2: opened with O_DSYNC as well */
static uint64_t sequence;
static int journal = -2, reader = -1;

#define REAL(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)

static int is_tracked(int fd) { return fd >= 0 && fd < FILES && tracked[fd]; }

static void write_all(int fd, const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    long done = syscall(SYS_write, fd, at, length);
    if (done <= 0) { fprintf(stderr, "power-loss: the journal cannot be written\n"); _exit(70); }
    at += done;
    length -= (size_t)done;
  }
}

static void append(struct record record) { write_all(journal, &record, sizeof record); }

/* Before a write: what it will cover. The lock is held. */
static uint64_t before(int fd, uint64_t offset, uint64_t length) {
  static char chunk[CHUNK];
  struct stat status;
  fstat(fd, &status);
  uint64_t size = (uint64_t)status.st_size;
  uint64_t old = offset >= size ? 0 : (size - offset < length ? size - offset : length);
  sequence++;
  append((struct record){WRITTEN, 0, sequence, offset, length, size, old});
  for (uint64_t done = 0; done < old;) {
    size_t want = old - done < CHUNK ? (size_t)(old - done) : CHUNK;
    long got = syscall(SYS_pread64, reader, chunk, want, offset + done);
    if (got <= 0) { fprintf(stderr, "power-loss: the data file cannot be read\n"); _exit(70); }
    write_all(journal, chunk, (size_t)got);
    done += (uint64_t)got;
  }
  return sequence;
}

static void after(int fd, uint64_t number, uint64_t offset, uint64_t length) {
  if (tracked[fd] == 2) append((struct record){SYNCED_RANGE, 0, number, offset, length, 0, 0});
}

static void on_open(int fd, const char *path, int flags) {
  if (fd < 0 || fd >= FILES) return;
  tracked[fd] = 0;
  size_t length = strlen(path);
  if (length < 4 || strcmp(path + length - 4, ".mdb") || (length >= 8 && !strcmp(path + length - 8, "lock.mdb"))) return;
  if ((flags & O_ACCMODE) == O_RDONLY || !getenv("SIGNALBOX_POWER_JOURNAL")) return;
  pthread_mutex_lock(&lock);
  if (journal == -2) {
    journal = (int)syscall(SYS_openat, AT_FDCWD, getenv("SIGNALBOX_POWER_JOURNAL"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal < 0) { fprintf(stderr, "power-loss: the journal cannot be opened\n"); _exit(70); }
  }
  if (reader < 0) reader = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  tracked[fd] = (flags & (O_DSYNC | O_SYNC)) ? 2 : 1;
  pthread_mutex_unlock(&lock);
}

static const char *place_of(const char *path) {
  const char *other = getenv("SIGNALBOX_BOOT_ID");
  return other && !strcmp(path, "/proc/sys/kernel/random/boot_id") ? other : path;
}

#define OPEN(name, signature, call) \
  int name signature { \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    int fd = (int)syscall call; \
    on_open(fd, path, flags); \
    return fd; \
  }
OPEN(open, (const char *path, int flags, ...), (SYS_openat, AT_FDCWD, place_of(path), flags, mode))
OPEN(open64, (const char *path, int flags, ...), (SYS_openat, AT_FDCWD, place_of(path), flags, mode))
OPEN(openat, (int folder, const char *path, int flags, ...), (SYS_openat, folder, place_of(path), flags, mode))
OPEN(openat64, (int folder, const char *path, int flags, ...), (SYS_openat, folder, place_of(path), flags, mode))

int close(int fd) {
  if (fd >= 0 && fd < FILES) tracked[fd] = 0;
  return (int)syscall(SYS_close, fd);
}

static uint64_t total(const struct iovec *parts, int count) {
  uint64_t sum = 0;
  for (int i = 0; i < count; i++) sum += parts[i].iov_len;
  return sum;
}

#define WRITE(result, offset, length, call) \
  ssize_t result; \
  if (!is_tracked(fd)) return call; \
  pthread_mutex_lock(&lock); \
  uint64_t at = (uint64_t)(offset), number = before(fd, at, length); \
  result = call; \
  after(fd, number, at, length); \
  pthread_mutex_unlock(&lock); \
  return result

typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
typedef ssize_t (*pwritev_type)(int, const struct iovec *, int, off_t);
typedef ssize_t (*write_type)(int, const void *, size_t);
typedef ssize_t (*writev_type)(int, const struct iovec *, int);
typedef int (*sync_type)(int);

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
  REAL("pwrite", pwrite_type);
  WRITE(done, offset, count, real(fd, bytes, count, offset));
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) { return pwrite(fd, bytes, count, offset); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  REAL("pwritev", pwritev_type);
  WRITE(done, offset, total(parts, count), real(fd, parts, count, offset));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev(fd, parts, count, offset); }
ssize_t write(int fd, const void *bytes, size_t count) {
  REAL("write", write_type);
  WRITE(done, lseek(fd, 0, SEEK_CUR), count, real(fd, bytes, count));
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL("writev", writev_type);
  WRITE(done, lseek(fd, 0, SEEK_CUR), total(parts, count), real(fd, parts, count));
}

/* Only what was written before the sync began is sure to be on the disk when it has ended. */
static int synced(int fd, sync_type real) {
  if (!is_tracked(fd)) return real(fd);
  pthread_mutex_lock(&lock);
  uint64_t mark = sequence;
  pthread_mutex_unlock(&lock);
  const char *least = getenv("SIGNALBOX_SYNC_MS");
  if (least) usleep((useconds_t)(atof(least) * 1000));
  int result = real(fd);
  if (result != 0) return result;
  pthread_mutex_lock(&lock);
  if (mark == sequence) { /* nothing is left to lose */
    if (syscall(SYS_ftruncate, journal, 0) != 0) _exit(70);
  } else append((struct record){SYNCED, 0, mark, 0, 0, 0, 0});
  pthread_mutex_unlock(&lock);
  return result;
}
int fdatasync(int fd) { REAL("fdatasync", sync_type); return synced(fd, real); }
int fsync(int fd) { REAL("fsync", sync_type); return synced(fd, real); }
