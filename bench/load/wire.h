/*
 * wire.h: what the programs of this folder share: big-endian integers, CRC-32C, time, and frames (int32 size, then that
 * many bytes) as they arrive on a socket.
 */
#ifndef GREGOR_BENCH_WIRE_H
#define GREGOR_BENCH_WIRE_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PRODUCE 0
#define INIT_PRODUCER_ID 22

static inline void put16(uint8_t *at, uint16_t v) { v = __builtin_bswap16(v); memcpy(at, &v, 2); }
static inline void put32(uint8_t *at, uint32_t v) { v = __builtin_bswap32(v); memcpy(at, &v, 4); }
static inline void put64(uint8_t *at, uint64_t v) { v = __builtin_bswap64(v); memcpy(at, &v, 8); }
static inline uint16_t get16(const uint8_t *at) { uint16_t v; memcpy(&v, at, 2); return __builtin_bswap16(v); }
static inline uint32_t get32(const uint8_t *at) { uint32_t v; memcpy(&v, at, 4); return __builtin_bswap32(v); }
static inline uint64_t get64(const uint8_t *at) { uint64_t v; memcpy(&v, at, 8); return __builtin_bswap64(v); }

static inline uint8_t *put_unsigned_varint(uint8_t *at, uint32_t v) {
  for (; v > 127; v >>= 7) *at++ = (uint8_t)(v | 128);
  *at++ = (uint8_t)v;
  return at;
}

static inline uint8_t *put_varint(uint8_t *at, int32_t v) {
  return put_unsigned_varint(at, ((uint32_t)v << 1) ^ (uint32_t)(v >> 31));
}

static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static inline void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "failed");
  exit(1);
}

/* CRC-32C a byte at a time: only headers and set-up go through it. */
static inline uint32_t crc32c(uint32_t seed, const uint8_t *bytes, size_t length) {
  static uint32_t table[256];
  if (table[1] == 0)
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t crc = byte;
      for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
      table[byte] = crc;
    }
  uint32_t crc = ~seed;
  for (size_t n = 0; n < length; n++) crc = table[(crc ^ bytes[n]) & 255] ^ crc >> 8;
  return ~crc;
}

static inline void not_delayed(int socket) {
  int one = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static inline int dial(int port) {
  int made = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(port);
  if (made < 0 || connect(made, (void *)&address, sizeof address) < 0) die("connect");
  not_delayed(made);
  return made;
}

#endif
