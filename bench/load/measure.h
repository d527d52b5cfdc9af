/*
 * measure.h: latencies in a histogram, and what a process costs.
 */
#ifndef GREGOR_BENCH_MEASURE_H
#define GREGOR_BENCH_MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ── latencies: 64 buckets per power of two, in nanoseconds ── */
#define BUCKETS (64 * 64)
static uint64_t buckets[BUCKETS], latency_count, latency_max;

static void add_latency(uint64_t ns) {
  latency_count++;
  if (ns > latency_max) latency_max = ns;
  int shift = ns < 128 ? 0 : 63 - __builtin_clzll(ns) - 6;
  int bucket = ns < 128 ? (int)ns : shift * 64 + (int)(ns >> shift);
  buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

static double latency_ms(double quantile) {
  uint64_t rank = (uint64_t)(quantile * (double)latency_count), seen = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    seen += buckets[bucket];
    if (seen <= rank) continue;
    if (bucket < 128) return bucket / 1e6;
    int shift = bucket / 64 - 1;
    return (double)((uint64_t)(bucket - shift * 64) << shift) / 1e6;
  }
  return (double)latency_max / 1e6;
}

/* ── the cost of a process, from /proc ── */
static double processor_seconds(int of) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", of);
  FILE *file = of ? fopen(path, "r") : NULL;
  if (!file) return 0;
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  unsigned long user = 0, system = 0;
  char *after_name = strrchr(text, ')');
  if (after_name)
    sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

#endif
