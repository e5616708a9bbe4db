// A small web app that misbehaves on request, for tests of whoever runs it. One static program, a thread a connection, HTTP/1.1 with keep-alive.
//
//   GET /                 JSON: version, hostname, pid, request count, the caller's address
//       ?cpu=MS           burn MS milliseconds of processor first     ?delay=MS    wait first
//       ?status=CODE      answer with CODE                            ?bytes=N     with a body N bytes longer
//   GET /live /ready      200, or 503 while failing (/healthz is /live)
//   GET /fail?what=live|ready|all&for=MS    make them fail for a time
//   GET /crash?code=N     exit with N at once (?signal=N: die of it)
//   GET /alloc?mb=N       hold N more MiB (each page touched);   /free   let go of all;   /oom   allocate until killed
//   GET /burn?cores=N&for=MS                keep N cores busy in the background
//   GET /log?text=T&lines=N                 write lines to stdout;  /err  to stderr
//   GET /env?name=X       the value of an environment variable;   /headers   the request as it came;   /file?path=P   a file
//   GET /udp?to=IP:PORT&text=T              send T there by UDP and give what comes back; 504 when nothing does within 2 s
// UDP on the same port echoes, after the hostname and a space.
//
// Environment: PORT (8080), START_DELAY_MS (sleep before listening), START_EXIT (exit with this code instead of listening),
// READY_DELAY_MS (/ready fails so long after start), LIVE_FOR_MS (/live fails so long after start), TERM_DELAY_MS (go on serving so long after SIGTERM, then
// finish what is open and exit 0), ANSWER_STATUS and ANSWER_DELAY_MS (of / where the query says nothing), IGNORE_TERM=1, TERMINATION_MESSAGE (written to /dev/termination-log on every way out that is ours).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "v1"
#endif

static atomic_long requests, active;
static atomic_long live_fails_until, ready_fails_until;
static atomic_int ending;
static long started;
static char hostname[256];
static pthread_mutex_t held_lock = PTHREAD_MUTEX_INITIALIZER;
static struct block { struct block *next; char bytes[1 << 20]; } *held;

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sleep_ms(long ms) {
  struct timespec t = {ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&t, &t) != 0 && errno == EINTR) {}
}

static long env_ms(const char *name, long otherwise) {
  const char *value = getenv(name);
  return value && *value ? atol(value) : otherwise;
}

static void leave(int code) {
  const char *message = getenv("TERMINATION_MESSAGE");
  FILE *file = message ? fopen("/dev/termination-log", "w") : NULL;
  if (file) { fputs(message, file); fclose(file); }
  fflush(NULL);
  _exit(code);
}

static void burn_cpu(long ms) {
  struct timespec t;
  long begin = -1, spent = 0;
  volatile double x = 1.0001;
  while (spent < ms) {
    for (int i = 0; i < 10000; i++) x = x * 1.0000001 + 0.0000001;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    long at = t.tv_sec * 1000 + t.tv_nsec / 1000000;
    if (begin < 0) begin = at;
    spent = at - begin;
  }
}

static void *burner(void *ms) { burn_cpu((intptr_t)ms); return NULL; }

static void hold(long megabytes) {
  for (long i = 0; i < megabytes; i++) {
    struct block *block = malloc(sizeof *block);
    if (!block) leave(3);
    memset(block->bytes, 1, sizeof block->bytes);
    pthread_mutex_lock(&held_lock);
    block->next = held;
    held = block;
    pthread_mutex_unlock(&held_lock);
  }
}

static void let_go(void) {
  pthread_mutex_lock(&held_lock);
  for (struct block *next; held; held = next) { next = held->next; free(held); }
  pthread_mutex_unlock(&held_lock);
}

static void in_background(void *(*run)(void *), void *argument) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 << 10);
  if (pthread_create(&thread, &attributes, run, argument) != 0) { perror("thread"); }
  pthread_attr_destroy(&attributes);
}

// The value of a query parameter, percent-decoded, or the default.
static const char *param(const char *query, const char *name, const char *otherwise, char *into, size_t room) {
  size_t length = strlen(name);
  for (const char *at = query; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL) {
    if (strncmp(at, name, length) != 0 || at[length] != '=') continue;
    size_t n = 0;
    for (at += length + 1; *at && *at != '&' && n + 1 < room; at++) {
      unsigned byte;
      if (*at == '%' && sscanf(at + 1, "%2x", &byte) == 1) { into[n++] = (char)byte; at += 2; }
      else into[n++] = *at == '+' ? ' ' : *at;
    }
    into[n] = 0;
    return into;
  }
  return otherwise;
}

static long number(const char *query, const char *name, long otherwise) {
  char text[32];
  const char *value = param(query, name, NULL, text, sizeof text);
  return value ? atol(value) : otherwise;
}

static int send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return -1;
    bytes += sent;
    length -= (size_t)sent;
  }
  return 0;
}

static int answer(int fd, int status, const char *type, const char *body, size_t length, int keep) {
  char head[256];
  int n = snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\ncontent-type: %s\r\ncontent-length: %zu\r\nconnection: %s\r\n\r\n",
                   status, status < 400 ? "OK" : "Failed", type, length, keep ? "keep-alive" : "close");
  return send_all(fd, head, (size_t)n) < 0 ? -1 : send_all(fd, body, length);
}

static int say(int fd, int keep, int status, const char *format, ...) {
  char body[4096];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(body, sizeof body, format, arguments);
  va_end(arguments);
  return answer(fd, status, "text/plain", body, (size_t)n < sizeof body ? (size_t)n : sizeof body - 1, keep);
}

static int health(int fd, int keep, long fails_until, int after_start) {
  int ok = now_ms() >= fails_until && after_start;
  return say(fd, keep, ok ? 200 : 503, ok ? "ok\n" : "failing, as asked\n");
}

static int hello(int fd, int keep, const char *path, const char *query, const char *peer) {
  burn_cpu(number(query, "cpu", 0));
  sleep_ms(number(query, "delay", env_ms("ANSWER_DELAY_MS", 0)));
  long extra = number(query, "bytes", 0);
  char *body = malloc(1024 + (size_t)extra);
  if (!body) return -1;
  int n = snprintf(body, 1024, "{\"app\":\"toque/testapp\",\"version\":\"%s\",\"hostname\":\"%s\",\"pid\":%d,\"requests\":%ld,\"client\":\"%s\",\"path\":\"%.200s\"}\n",
                   VERSION, hostname, getpid(), (long)requests, peer, path);
  memset(body + n, '.', (size_t)extra);
  int result = answer(fd, (int)number(query, "status", env_ms("ANSWER_STATUS", 200)), "application/json", body, (size_t)(n + extra), keep);
  free(body);
  return result;
}

static int send_file(int fd, int keep, const char *path) {
  char body[65536];
  FILE *file = fopen(path, "r");
  if (!file) return say(fd, keep, 404, "%s: %s\n", path, strerror(errno));
  size_t n = fread(body, 1, sizeof body, file);
  fclose(file);
  return answer(fd, 200, "text/plain", body, n, keep);
}

static int ask_by_udp(int fd, int keep, const char *to, const char *text) {
  char ip[64] = "", packet[2048];
  unsigned short port = 0;
  struct sockaddr_in at = {.sin_family = AF_INET};
  if (sscanf(to, "%63[^:]:%hu", ip, &port) != 2 || inet_pton(AF_INET, ip, &at.sin_addr) != 1) return say(fd, keep, 400, "not an IP:PORT: %s\n", to);
  at.sin_port = htons(port);
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct timeval limit = {.tv_sec = 2};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ssize_t n = connect(s, (struct sockaddr *)&at, sizeof at) == 0 && send(s, text, strlen(text), 0) >= 0 ? recv(s, packet, sizeof packet, 0) : -1;
  int error = errno;
  close(s);
  return n >= 0 ? answer(fd, 200, "text/plain", packet, (size_t)n, keep) : say(fd, keep, 504, "%s: %s\n", to, strerror(error));
}

static int handle(int fd, const char *path, const char *query, const char *request, const char *peer, int keep) {
  char text[1024];
  long ms = number(query, "for", 60000);
  requests++;
  if (!strcmp(path, "/live") || !strcmp(path, "/healthz")) return health(fd, keep, live_fails_until, now_ms() - started < env_ms("LIVE_FOR_MS", INT32_MAX));
  if (!strcmp(path, "/ready")) return health(fd, keep, ready_fails_until, now_ms() - started >= env_ms("READY_DELAY_MS", 0));
  if (!strcmp(path, "/fail")) {
    const char *what = param(query, "what", "all", text, sizeof text);
    if (strcmp(what, "ready") != 0) live_fails_until = now_ms() + ms;
    if (strcmp(what, "live") != 0) ready_fails_until = now_ms() + ms;
    return say(fd, keep, 200, "%s fails for %ld ms\n", what, ms);
  }
  if (!strcmp(path, "/crash")) {
    long signal_number = number(query, "signal", 0);
    if (signal_number > 0) { signal((int)signal_number, SIG_DFL); kill(getpid(), (int)signal_number); }
    fprintf(stderr, "crashing, as asked\n");
    leave((int)number(query, "code", 1));
  }
  if (!strcmp(path, "/alloc")) { hold(number(query, "mb", 1)); return say(fd, keep, 200, "held\n"); }
  if (!strcmp(path, "/free")) { let_go(); return say(fd, keep, 200, "free\n"); }
  if (!strcmp(path, "/oom")) for (;;) hold(16);
  if (!strcmp(path, "/burn")) {
    for (long n = number(query, "cores", 1); n > 0; n--) in_background(burner, (void *)(intptr_t)ms);
    return say(fd, keep, 200, "burning\n");
  }
  if (!strcmp(path, "/log") || !strcmp(path, "/err")) {
    FILE *to = path[1] == 'l' ? stdout : stderr;
    const char *line = param(query, "text", "hello", text, sizeof text);
    for (long n = number(query, "lines", 1); n > 0; n--) fprintf(to, "%s\n", line);
    fflush(to);
    return say(fd, keep, 200, "written\n");
  }
  if (!strcmp(path, "/env")) {
    const char *value = getenv(param(query, "name", "", text, sizeof text));
    return say(fd, keep, value ? 200 : 404, "%s\n", value ? value : "not set");
  }
  if (!strcmp(path, "/udp")) {
    char to[128];
    return ask_by_udp(fd, keep, param(query, "to", "", to, sizeof to), param(query, "text", "hello", text, sizeof text));
  }
  if (!strcmp(path, "/headers")) return answer(fd, 200, "text/plain", request, strlen(request), keep);
  if (!strcmp(path, "/file")) return send_file(fd, keep, param(query, "path", "", text, sizeof text));
  return hello(fd, keep, path, query, peer);
}

static void *serve(void *argument) {
  int fd = (int)(intptr_t)argument, one = 1;
  char request[16384], peer[64] = "", path[2048];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  if (getpeername(fd, (struct sockaddr *)&from, &size) == 0) snprintf(peer, sizeof peer, "%s:%d", inet_ntoa(from.sin_addr), ntohs(from.sin_port));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  size_t have = 0;
  for (int keep = 1; keep;) {
    char *end;
    while (request[have] = 0, !(end = strstr(request, "\r\n\r\n"))) {
      if (have + 1 >= sizeof request) goto over;
      ssize_t n = recv(fd, request + have, sizeof request - 1 - have, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) goto over;
      have += (size_t)n;
    }
    size_t length = (size_t)(end - request) + 4;
    char next = request[length];
    request[length] = 0;
    active++;
    int minor = strstr(request, "HTTP/1.1\r\n") != NULL;
    keep = minor && !strcasestr(request, "\nconnection: close") && !ending;
    int result = -1;
    if (sscanf(request, "%*s %2047s", path) == 1) {
      char *query = strchr(path, '?');
      if (query) *query++ = 0;
      result = handle(fd, path, query ? query : "", request, peer, keep);
    }
    active--;
    if (result < 0) goto over;
    request[length] = next;
    memmove(request, request + length, have - length);
    have -= length;
  }
over:
  shutdown(fd, SHUT_WR);
  close(fd);
  return NULL;
}

static void *echo(void *argument) {
  int fd = (int)(intptr_t)argument;
  char packet[2048 + sizeof hostname];
  size_t name = strlen(strcpy(packet, hostname));
  packet[name++] = ' ';
  for (;;) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n = recvfrom(fd, packet + name, 2048, 0, (struct sockaddr *)&from, &size);
    if (n >= 0) sendto(fd, packet, name + (size_t)n, 0, (struct sockaddr *)&from, size);
  }
  return NULL;
}

// Ends as a good citizen: goes on for TERM_DELAY_MS, so that whoever still sends here can learn, then finishes what is open.
static void *end_on_signal(void *argument) {
  sigset_t *signals = argument;
  int got;
  do sigwait(signals, &got); while (env_ms("IGNORE_TERM", 0));
  fprintf(stderr, "signal %d: ending\n", got);
  sleep_ms(env_ms("TERM_DELAY_MS", 0));
  ending = 1;
  for (long deadline = now_ms() + 5000; active > 0 && now_ms() < deadline;) sleep_ms(5);
  leave(0);
  return NULL;
}

static int bound(int type, int port) {
  int one = 1, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0) { perror("bind"); leave(2); }
  return fd;
}

int main(void) {
  static sigset_t signals; // outlives main's stack: the thread keeps it
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGQUIT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  in_background(end_on_signal, &signals);
  signal(SIGPIPE, SIG_IGN);
  gethostname(hostname, sizeof hostname - 1);
  sleep_ms(env_ms("START_DELAY_MS", 0));
  if (getenv("START_EXIT")) {
    fprintf(stderr, "not starting, as asked\n");
    leave((int)env_ms("START_EXIT", 1));
  }
  started = now_ms();
  int port = (int)env_ms("PORT", 8080), fd = bound(SOCK_STREAM, port);
  if (listen(fd, 1024) != 0) { perror("listen"); leave(2); }
  in_background(echo, (void *)(intptr_t)bound(SOCK_DGRAM, port));
  printf("testapp " VERSION " on %s serves port %d\n", hostname, port);
  fflush(stdout);
  for (;;) {
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    if (client >= 0) in_background(serve, (void *)(intptr_t)client);
    else if (errno == EMFILE || errno == ENFILE) sleep_ms(10);
  }
}
