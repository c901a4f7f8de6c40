/* A load generator of MQTT and MSIP for one broker process: it runs one scenario and prints one line of JSON.
 * One thread, epoll, Linux. What the scenarios are: scenario.h; the options: options.h; how to read the
 * figures: ../README.md. Exit code 0 when every message arrived once, whole and in order. */
#include "client.h"
#include "clock.h"
#include "frame.h"
#include "message.h"
#include "options.h"
#include "run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void allow_many_files(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static double per(double amount, double of) { return of > 0 ? amount / of : 0; }

static int is_clean(const struct outcome *outcome) {
  return !outcome->failure && !outcome->lost && !outcome->unacknowledged && !totals.duplicated && !totals.reordered
         && !totals.corrupted && !totals.protocol_errors && !totals.disconnects;
}

static void print_memory(const struct outcome *outcome) {
  printf(",\"memory\":{\"before\":%" PRIu64 ",\"connected\":%" PRIu64 ",\"largest\":%" PRIu64 "}",
         outcome->memory_before, outcome->memory_connected, outcome->memory_largest);
  printf(",\"setup\":{\"connections\":%u,\"seconds\":%.4f,\"brokerCpuSeconds\":%.4f}", outcome->connections,
         in_seconds(outcome->setup_time), in_seconds(outcome->setup_cpu));
}

static void print_idle(const struct outcome *outcome) {
  double grown = (double)outcome->memory_connected - (double)outcome->memory_before;
  printf(",\"connections\":%u,\"bytesPerConnection\":%.0f,\"idleUtilisation\":%.4f", totals.ready,
         per(grown, totals.ready), per((double)outcome->idle_cpu, (double)outcome->idle_time));
}

static void print_messages(const struct options *options, const struct outcome *outcome) {
  const struct moment *begin = &outcome->begin, *end = &outcome->end;
  double seconds = in_seconds(end->time - begin->time), cpu = in_seconds(end->broker.used - begin->broker.used);
  double in = (double)(end->accepted - begin->accepted), out = (double)(end->received - begin->received);
  printf(",\"qos\":%d,\"protocolVersion\":%d,\"payload\":%u,\"publishers\":%u,\"subscribers\":%u,\"seconds\":%.4f",
         options->qos, options->protocol_version, options->payload_size, options->publishers, options->subscribers,
         seconds);
  printf(",\"inPerSecond\":%.0f,\"outPerSecond\":%.0f,\"inPerCpuSecond\":%.0f,\"outPerCpuSecond\":%.0f",
         per(in, seconds), per(out, seconds), per(in, cpu), per(out, cpu));
  printf(",\"brokerUtilisation\":%.3f,\"generatorUtilisation\":%.3f", per(cpu, seconds),
         per(in_seconds(end->own.used - begin->own.used), seconds));
  printf(",\"brokerWaiting\":%.3f,\"generatorWaiting\":%.3f",
         per(in_seconds(end->broker.waited - begin->broker.waited), seconds),
         per(in_seconds(end->own.waited - begin->own.waited), seconds));
  printf(",\"latencyMicroseconds\":{\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,\"mean\":%.1f}",
         histogram_quantile(outcome->latencies, .5) / 1e3, histogram_quantile(outcome->latencies, .99) / 1e3,
         histogram_quantile(outcome->latencies, .999) / 1e3, (double)outcome->latencies->largest / 1e3,
         histogram_mean(outcome->latencies) / 1e3);
  printf(",\"integrity\":{\"sent\":%" PRIu64 ",\"received\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"duplicated\":%" PRIu64
         ",\"reordered\":%" PRIu64 ",\"corrupted\":%" PRIu64 ",\"unacknowledged\":%" PRIu64 "}",
         totals.sent, totals.received, outcome->lost, totals.duplicated, totals.reordered, totals.corrupted,
         outcome->unacknowledged);
}

int main(int count, char **arguments) {
  struct options options = options_parse(count, arguments);
  int is_idle = options.scenario == SCENARIO_IDLE;
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1); /* the schedule of the open loop needs timers on time */
  allow_many_files();
  message_prepare();
  client_options = &options;
  network_start(options.host, options.port, is_idle ? options.connections : options.publishers + options.subscribers,
                options.protocol_version == 1 ? frame_read_header : packet_read_header);
  struct outcome outcome = is_idle ? run_idle(&options) : run_messages(&options);
  printf("{\"scenario\":\"%s\",\"ok\":%s", scenario_name(options.scenario), is_clean(&outcome) ? "true" : "false");
  if (outcome.failure) printf(",\"failure\":\"%s\"", outcome.failure);
  if (is_idle) print_idle(&outcome);
  else print_messages(&options, &outcome);
  print_memory(&outcome);
  printf(",\"protocolErrors\":%" PRIu64 ",\"disconnects\":%" PRIu64 "}\n", totals.protocol_errors, totals.disconnects);
  return is_clean(&outcome) ? 0 : 1;
}
