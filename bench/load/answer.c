/*
 * answer: the least that a broker can do. Takes produce requests from connections on 127.0.0.1 and answers them.
 *
 *   answer                              only answers: shows what the load generator itself can reach
 *   answer --journal FILE --mebibytes N the machine's limit: the frames that arrived while the group before was being synced are
 *                                       one group, at most 4 MiB; a group is one write into a file that was filled and synced
 *                                       before (used round and round), then one fdatasync, then its answers leave
 *
 * Prints its port. It parses just enough to answer, checks nothing and keeps no offsets: large frames are written from where
 * they were received, without a copy. One thread receives and answers, one writes and syncs.
 */
#define _GNU_SOURCE
#include "wire.h"
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

#define GROUP_BYTES_MAX (4u << 20)
#define GROUP_PARTS_MAX 512
#define ALIGNMENT 4096
#define READ_BYTES (64u << 10)
#define COPIED_BYTES_MAX (64u << 10) /* below, a copy is cheaper than one more part in the write */
#define ANSWER_BYTES 160

typedef struct Buffer {
  struct Buffer *next;
  size_t capacity;
  uint8_t bytes[];
} Buffer;

typedef struct {
  int socket, unsynced;
  bool closed;
  Buffer *buffer; /* what was received and is no whole frame yet */
  size_t length;
  uint8_t *answers; /* that leave when the group is synced, or at the end of this turn */
  size_t answer_length, answer_capacity;
} Connection;

typedef struct {
  struct iovec parts[GROUP_PARTS_MAX + 1];
  Buffer *owned[GROUP_PARTS_MAX];
  int part_count, owned_count;
  size_t bytes, answer_count, answer_capacity;
  uint8_t *small; /* copies of small frames */
  size_t small_length;
  struct Waiting {
    Connection *connection;
    uint8_t answer[ANSWER_BYTES];
    size_t length;
  } *answers;
} Group;

static int poller, listener, journal = -1, synced_event;
static size_t journal_bytes, journal_position;
static Group groups[2], *filling = &groups[0], *committing;
static Buffer *spare;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t handed_over = PTHREAD_COND_INITIALIZER;
static uint64_t next_producer = 1;
static uint8_t padding[ALIGNMENT];

static Buffer *take_buffer(size_t capacity) {
  for (Buffer **at = &spare; *at; at = &(*at)->next)
    if ((*at)->capacity >= capacity) {
      Buffer *found = *at;
      *at = found->next;
      return found;
    }
  size_t size = capacity < (256u << 10) ? 256u << 10 : capacity + READ_BYTES;
  Buffer *made = malloc(sizeof(Buffer) + size);
  made->capacity = size;
  return made;
}

static void give_buffer(Buffer *buffer) {
  buffer->next = spare;
  spare = buffer;
}

/* ── answers ── */
static size_t make_answer(const uint8_t *request, uint8_t *answer) {
  uint8_t *at = answer + 4;
  memcpy(at, request + 4, 4); /* correlation id */
  at += 4;
  if (get16(request) == INIT_PRODUCER_ID) {
    put32(at, 0), put16(at + 4, 0), put64(at + 6, next_producer++), put16(at + 14, 0);
    at += 16;
  } else {
    const uint8_t *from = request + 10 + get16(request + 8) + 1 + 1 + 6 + 1; /* at the topic's name */
    size_t name = from[0];                                                   /* its length, one more than it is */
    *at++ = 0, *at++ = 2;
    memcpy(at, from, name), at += name;
    *at++ = 2;
    memcpy(at, from + name + 1, 4), at += 4; /* partition */
    memset(at, 0, 10), at += 10;             /* no error, base offset */
    memset(at, 0xff, 8), at += 8;            /* no append time */
    memset(at, 0, 8), at += 8;               /* log start */
    *at++ = 1, *at++ = 0, *at++ = 0, *at++ = 0;
    memset(at, 0, 5), at += 5; /* throttle time, tags */
  }
  put32(answer, (uint32_t)(at - answer - 4));
  return (size_t)(at - answer);
}

static void queue_answer(Connection *connection, const uint8_t *answer, size_t length) {
  if (connection->answer_length + length > connection->answer_capacity) {
    connection->answer_capacity = (connection->answer_length + length) * 2;
    connection->answers = realloc(connection->answers, connection->answer_capacity);
  }
  memcpy(connection->answers + connection->answer_length, answer, length);
  connection->answer_length += length;
}

static void send_answers(Connection *connection) {
  for (size_t sent = 0; sent < connection->answer_length && !connection->closed;) {
    ssize_t n = write(connection->socket, connection->answers + sent, connection->answer_length - sent);
    if (n < 0 && errno != EAGAIN) break;
    if (n > 0) sent += (size_t)n;
  }
  connection->answer_length = 0;
}

/* ── groups ── */
static void add_part(Group *group, uint8_t *bytes, size_t length) {
  struct iovec *last = &group->parts[group->part_count - 1];
  if (group->part_count > 0 && (uint8_t *)last->iov_base + last->iov_len == bytes) last->iov_len += length;
  else group->parts[group->part_count++] = (struct iovec){bytes, length};
  group->bytes += length;
}

static void add_answer(Group *group, Connection *connection, const uint8_t *frame) {
  if (group->answer_count == group->answer_capacity) {
    group->answer_capacity = group->answer_capacity ? group->answer_capacity * 2 : 1024;
    group->answers = realloc(group->answers, group->answer_capacity * sizeof *group->answers);
  }
  struct Waiting *waiting = &group->answers[group->answer_count++];
  waiting->connection = connection;
  waiting->length = make_answer(frame, waiting->answer);
  connection->unsynced++;
}

static void commit(Group *group) {
  size_t rest = group->bytes % ALIGNMENT;
  if (rest) add_part(group, padding, ALIGNMENT - rest);
  if (journal_position + group->bytes > journal_bytes) journal_position = 0;
  size_t at = journal_position;
  journal_position += group->bytes;
  for (int part = 0; part < group->part_count;) {
    ssize_t n = pwritev(journal, group->parts + part, group->part_count - part, (off_t)at);
    if (n < 0) die("write");
    at += (size_t)n;
    for (; part < group->part_count && (size_t)n >= group->parts[part].iov_len; part++) n -= (ssize_t)group->parts[part].iov_len;
    if (part < group->part_count) {
      group->parts[part].iov_base = (uint8_t *)group->parts[part].iov_base + n;
      group->parts[part].iov_len -= (size_t)n;
    }
  }
  if (fdatasync(journal) < 0) die("fdatasync");
}

static void *commit_groups(void *unused) {
  (void)unused;
  pthread_mutex_lock(&mutex);
  for (;;) {
    while (!committing) pthread_cond_wait(&handed_over, &mutex);
    Group *group = committing;
    pthread_mutex_unlock(&mutex);
    commit(group);
    uint64_t one = 1;
    if (write(synced_event, &one, 8) != 8) die("eventfd");
    pthread_mutex_lock(&mutex);
    committing = NULL;
  }
  return NULL;
}

static bool in_flight;

static void hand_over(void) {
  if (in_flight || filling->bytes == 0) return;
  in_flight = true;
  pthread_mutex_lock(&mutex);
  while (committing) { /* the thread said so already and is about to let go */
    pthread_mutex_unlock(&mutex);
    sched_yield();
    pthread_mutex_lock(&mutex);
  }
  committing = filling;
  pthread_cond_signal(&handed_over);
  pthread_mutex_unlock(&mutex);
  filling = filling == &groups[0] ? &groups[1] : &groups[0];
}

static void on_synced(void) {
  uint64_t count;
  if (read(synced_event, &count, 8) != 8) return;
  Group *group = filling == &groups[0] ? &groups[1] : &groups[0];
  for (size_t n = 0; n < group->answer_count; n++) {
    struct Waiting *waiting = &group->answers[n];
    waiting->connection->unsynced--;
    queue_answer(waiting->connection, waiting->answer, waiting->length);
  }
  for (size_t n = 0; n < group->answer_count; n++)
    if (group->answers[n].connection->answer_length > 0) send_answers(group->answers[n].connection);
  for (int n = 0; n < group->owned_count; n++) give_buffer(group->owned[n]);
  group->part_count = group->owned_count = 0;
  group->bytes = group->answer_count = group->small_length = 0;
  in_flight = false;
  hand_over();
}

static bool has_room(void) {
  return filling->bytes < GROUP_BYTES_MAX && filling->part_count < GROUP_PARTS_MAX - 1 &&
         filling->owned_count < GROUP_PARTS_MAX;
}

/* ── receiving ── */
static void on_frames(Connection *connection, size_t whole) {
  Buffer *buffer = connection->buffer;
  bool copied = whole <= COPIED_BYTES_MAX;
  uint8_t *kept = buffer->bytes;
  if (journal >= 0 && copied) {
    if (!filling->small) filling->small = malloc(GROUP_BYTES_MAX + COPIED_BYTES_MAX);
    kept = filling->small + filling->small_length;
    memcpy(kept, buffer->bytes, whole);
    filling->small_length += whole;
  }
  for (size_t at = 0; at < whole; at += 4 + get32(buffer->bytes + at)) {
    const uint8_t *frame = buffer->bytes + at + 4;
    if (journal >= 0 && get16(frame) == PRODUCE) add_answer(filling, connection, frame);
    else {
      uint8_t answer[ANSWER_BYTES];
      queue_answer(connection, answer, make_answer(frame, answer));
    }
  }
  if (journal >= 0) add_part(filling, kept, whole);
  size_t rest = connection->length - whole;
  if (journal >= 0 && !copied) {
    filling->owned[filling->owned_count++] = buffer;
    connection->buffer = take_buffer(READ_BYTES);
    memcpy(connection->buffer->bytes, buffer->bytes + whole, rest);
  } else
    memmove(buffer->bytes, buffer->bytes + whole, rest);
  connection->length = rest;
  if (connection->answer_length > 0) send_answers(connection);
}

static void on_readable(Connection *connection) {
  Buffer *buffer = connection->buffer;
  size_t wanted = READ_BYTES;
  if (connection->length >= 4) {
    size_t frame = 4 + get32(buffer->bytes), missing = frame - connection->length;
    if (missing > READ_BYTES) wanted = missing; /* to its end and no further: nothing to copy behind it */
  }
  if (connection->length + wanted > buffer->capacity) {
    Buffer *larger = take_buffer(connection->length + wanted);
    memcpy(larger->bytes, buffer->bytes, connection->length);
    give_buffer(buffer);
    connection->buffer = buffer = larger;
  }
  ssize_t n = read(connection->socket, buffer->bytes + connection->length, wanted);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    connection->closed = true; /* stays in memory: a group may name it */
    close(connection->socket);
    return;
  }
  connection->length += (size_t)n;
  size_t whole = 0;
  while (connection->length - whole >= 4 && connection->length - whole - 4 >= get32(buffer->bytes + whole))
    whole += 4 + get32(buffer->bytes + whole);
  if (whole > 0) on_frames(connection, whole);
}

static void on_connection(void) {
  int made = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (made < 0) return;
  not_delayed(made);
  Connection *connection = calloc(1, sizeof *connection);
  connection->socket = made;
  connection->buffer = take_buffer(READ_BYTES);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  epoll_ctl(poller, EPOLL_CTL_ADD, made, &event);
}

/* Every byte is written once and synced before the first frame: later writes need no new blocks. */
static void open_journal(const char *path, size_t bytes) {
  journal = open(path, O_RDWR | O_CREAT, 0644);
  if (journal < 0) die(path);
  uint8_t *zeros = calloc(1, GROUP_BYTES_MAX);
  for (journal_bytes = 0; journal_bytes < bytes; journal_bytes += GROUP_BYTES_MAX)
    if (pwrite(journal, zeros, GROUP_BYTES_MAX, (off_t)journal_bytes) != GROUP_BYTES_MAX) die(path);
  if (fsync(journal) < 0) die(path);
  free(zeros);
  synced_event = eventfd(0, EFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = &synced_event};
  epoll_ctl(poller, EPOLL_CTL_ADD, synced_event, &event);
  pthread_t thread;
  pthread_create(&thread, NULL, commit_groups, NULL);
}

int main(int count, char **arguments) {
  static const struct option options[] = {{"journal", 1, 0, 'j'}, {"mebibytes", 1, 0, 'm'}, {0, 0, 0, 0}};
  const char *path = NULL;
  size_t mebibytes = 256;
  for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) switch (option) {
      case 'j': path = optarg; break;
      case 'm': mebibytes = (size_t)atoi(optarg); break;
      default: return 2;
    }
  poller = epoll_create1(0);
  if (path) open_journal(path, mebibytes << 20);
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 1024) < 0) die("listen");
  getsockname(listener, (void *)&address, &length);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    struct epoll_event events[256];
    if (!has_room()) { /* a full group: the sockets push back until the one before is synced */
      struct pollfd only = {.fd = synced_event, .events = POLLIN};
      poll(&only, 1, -1);
      on_synced();
    }
    int ready = epoll_wait(poller, events, 256, -1);
    for (int n = 0; n < ready; n++) {
      void *what = events[n].data.ptr;
      if (what == &listener) on_connection();
      else if (what == &synced_event) on_synced();
      else if (has_room()) on_readable(what);
    }
    hand_over();
  }
}
