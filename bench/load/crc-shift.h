/*
 * crc-shift.h: a CRC-32C with bytes behind it, without reading them: crc(a ‖ b) = shift(crc(a), length of b) ⊕ crc(b).
 */
#ifndef GREGOR_BENCH_CRC_SHIFT_H
#define GREGOR_BENCH_CRC_SHIFT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint32_t shift_of_bit[32];

static inline uint32_t times(const uint32_t *matrix, uint32_t vector) {
  uint32_t sum = 0;
  for (; vector; vector &= vector - 1) sum ^= matrix[__builtin_ctz(vector)];
  return sum;
}

/* The matrix that appends `length` zero bytes, by repeated squaring. */
static inline void prepare_shift(size_t length) {
  uint32_t power[32], squared[32];
  power[0] = 0x82f63b78u;
  for (int bit = 1; bit < 32; bit++) power[bit] = 1u << (bit - 1);
  for (int bit = 0; bit < 32; bit++) shift_of_bit[bit] = 1u << bit;
  for (size_t bits = length * 8; bits; bits >>= 1) {
    if (bits & 1)
      for (int bit = 0; bit < 32; bit++) shift_of_bit[bit] = times(power, shift_of_bit[bit]);
    for (int bit = 0; bit < 32; bit++) squared[bit] = times(power, power[bit]);
    memcpy(power, squared, sizeof power);
  }
}

#endif
