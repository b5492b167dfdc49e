/* A node made with ei, as programs in C are.
 *
 *   c_node asks NAME COOKIE NODE   connects to NODE, whose process `echo` answers {Pid, Term} with Term, and prints its claims
 *   c_node serves NAME COOKIE      waits for connections; what its process `any` does stands at serve_message()
 *
 * ei makes no links by itself: they are written here as control messages. Monitors it cannot have: a node of OTP tells it of none.
 */
#include <ei.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of libei; its header is not installed. */
int ei_send_exit(int fd, const erlang_pid* from, const erlang_pid* to, const char* reason);

static ei_cnode node;
static erlang_pid self;

static void claim(const char* text, int holds) {
  printf("%s %s\n", holds ? "ok   " : "FALSE", text);
  if (!holds) exit(1);
}

static void fail(const char* what) {
  fprintf(stderr, "c_node: %s (erl_errno %d)\n", what, erl_errno);
  exit(2);
}

/* --- terms */

/* What a term of the external format looks like in Erlang's syntax. */
static const char* text_of(const char* bytes, int index) {
  static char* text;
  free(text);
  text = NULL;
  return ei_s_print_term(&text, bytes, &index) < 0 ? "?" : text;
}

/* The bytes of one term, without the version in front. */
typedef struct { const char* at; int size; } Piece;

static Piece piece(const char* bytes, int* index) {
  int start = *index;
  if (ei_skip_term(bytes, index) < 0) fail("a damaged term");
  return (Piece){bytes + start, *index - start};
}
static void append(ei_x_buff* x, Piece term) { ei_x_append_buf(x, term.at, term.size); }

/* --- control messages: the length, 'p', the control tuple, what follows it */

enum { link_tag = 1 };

static void write_control(int fd, ei_x_buff* control) {
  unsigned size = 1 + control->index;
  unsigned char head[5] = {size >> 24, size >> 16, size >> 8, size, 'p'};
  if (write(fd, head, 5) != 5 || write(fd, control->buff, control->index) != control->index) fail("write");
}
static void send_link(int fd, erlang_pid* to) {
  ei_x_buff x;
  ei_x_new_with_version(&x);
  ei_x_encode_tuple_header(&x, 3);
  ei_x_encode_long(&x, link_tag);
  ei_x_encode_pid(&x, &self);
  ei_x_encode_pid(&x, to);
  write_control(fd, &x);
  ei_x_free(&x);
}

/* --- asks */

static int there;

/* The next message or signal for us; its terms begin at *index of x. */
static erlang_msg next(ei_x_buff* x, int* index) {
  erlang_msg message;
  for (;;) {
    int got = ei_xreceive_msg_tmo(there, &message, x, 10000);
    if (got == ERL_TICK) continue;
    if (got != ERL_MSG) fail("nothing came");
    int version;
    *index = 0;
    if (ei_decode_version(x->buff, index, &version) < 0) *index = 0; /* the reason of an exit has none */
    return message;
  }
}

static const char* call(char* module, char* function, ei_x_buff* arguments) {
  static ei_x_buff answer;
  ei_x_free(&answer);
  ei_x_new(&answer);
  if (ei_rpc(&node, there, module, function, arguments->buff, arguments->index, &answer) < 0) fail("ei_rpc");
  return text_of(answer.buff, 0);
}
static int calls(char* module, char* function, const char* arguments, const char* expected) {
  ei_x_buff x;
  ei_x_new(&x);
  ei_x_format_wo_ver(&x, arguments);
  const char* got = call(module, function, &x);
  int same = strncmp(got, expected, strlen(expected)) == 0;
  if (!same) printf("      %s:%s gave %s\n", module, function, got);
  ei_x_free(&x);
  return same;
}

/* Whether we are among the nodes of a kind. */
static int lists_us(const char* kind) {
  ei_x_buff x;
  ei_x_new(&x);
  ei_x_format_wo_ver(&x, kind);
  return strstr(call("erlang", "nodes", &x), ei_thisnodename(&node)) != NULL;
}

/* A process there that waits for ever. */
static erlang_pid spawned(void) {
  ei_x_buff x, answer;
  erlang_pid pid;
  int index = 0;
  ei_x_new(&x);
  ei_x_new(&answer);
  ei_x_format_wo_ver(&x, "[timer,sleep,[infinity]]");
  if (ei_rpc(&node, there, "erlang", "spawn", x.buff, x.index, &answer) < 0 ||
      ei_decode_pid(answer.buff, &index, &pid) < 0)
    fail("spawn");
  return pid;
}
/* exit/2 in an rpc. Its answer and what it causes come in any order: next() gives the signal. */
static void end(erlang_pid* pid, char* reason) {
  ei_x_buff x;
  ei_x_new(&x);
  ei_x_encode_list_header(&x, 2);
  ei_x_encode_pid(&x, pid);
  ei_x_encode_atom(&x, reason);
  ei_x_encode_empty_list(&x);
  ei_rpc_to(&node, there, "erlang", "exit", x.buff, x.index);
  ei_x_free(&x);
}

/* net_kernel's question of net_adm:ping. */
static int pings(void) {
  ei_x_buff x;
  erlang_ref reference;
  int index;
  ei_make_ref(&node, &reference);
  ei_x_new_with_version(&x);
  ei_x_encode_tuple_header(&x, 3);
  ei_x_encode_atom(&x, "$gen_call");
  ei_x_encode_tuple_header(&x, 2);
  ei_x_encode_pid(&x, &self);
  ei_x_encode_ref(&x, &reference);
  ei_x_encode_tuple_header(&x, 2);
  ei_x_encode_atom(&x, "is_auth");
  ei_x_encode_atom(&x, ei_thisnodename(&node));
  ei_reg_send(&node, there, "net_kernel", x.buff, x.index);
  x.index = 0;
  next(&x, &index);
  int arity;
  erlang_ref got;
  char answer[MAXATOMLEN];
  return ei_decode_tuple_header(x.buff, &index, &arity) == 0 && ei_decode_ref(x.buff, &index, &got) == 0 &&
         ei_cmp_refs(&got, &reference) == 0 && ei_decode_atom(x.buff, &index, answer) == 0 && strcmp(answer, "yes") == 0;
}

/* {Self, Term} to `echo`, or to its pid: Term comes back as it went. */
static int echoes(erlang_pid* to, const char* bytes, int size) {
  ei_x_buff x, back;
  int index;
  ei_x_new_with_version(&x);
  ei_x_new(&back);
  ei_x_encode_tuple_header(&x, 2);
  ei_x_encode_pid(&x, &self);
  append(&x, (Piece){bytes, size});
  if ((to ? ei_send(there, to, x.buff, x.index) : ei_reg_send(&node, there, "echo", x.buff, x.index)) < 0) fail("send");
  next(&back, &index);
  int start = index;
  int same = ei_skip_term(back.buff, &index) == 0 && index - start == size && memcmp(back.buff + start, bytes, size) == 0;
  ei_x_free(&x);
  ei_x_free(&back);
  return same;
}

static void asks_terms(void) {
  ei_x_buff x;
  ei_x_new(&x);
  ei_x_format_wo_ver(&x, "{hello,[1,2.5,-3],\"text\",~s,[]}", "more");
  claim("send by name: the answer is as it went", echoes(NULL, x.buff, x.index));
  ei_x_buff where;
  ei_x_new(&where);
  ei_x_format_wo_ver(&where, "[echo]");
  ei_x_buff answer;
  ei_x_new(&answer);
  erlang_pid echo;
  int index = 0;
  if (ei_rpc(&node, there, "erlang", "whereis", where.buff, where.index, &answer) < 0 ||
      ei_decode_pid(answer.buff, &index, &echo) < 0)
    fail("whereis");
  claim("send by pid: the answer is as it went", echoes(&echo, x.buff, x.index));
  int size = 1 << 20;
  char* large = malloc(size);
  memset(large, 'x', size);
  x.index = 0;
  ei_x_encode_binary(&x, large, size);
  claim("a message of 1 MiB there and back", echoes(NULL, x.buff, x.index));
  x.index = 0;
  ei_x_encode_map_header(&x, 2);
  ei_x_encode_atom(&x, "a");
  ei_x_encode_longlong(&x, 1LL << 50);
  ei_x_encode_atom(&x, "b");
  ei_x_encode_double(&x, 0.1);
  claim("a map, large integers", echoes(NULL, x.buff, x.index));
  free(large);
}

/* The next exit signal; `answers` of calls may come before or after it. */
static erlang_msg next_exit(ei_x_buff* x, int* index, int answers) {
  erlang_msg message, exit = {.msgtype = 0};
  ei_x_buff y;
  int end;
  ei_x_new(&y);
  for (int left = answers + 1; left > 0; --left) {
    message = next(&y, &end);
    if (message.msgtype != ERL_EXIT) continue;
    exit = message;
    x->index = 0;
    ei_x_append(x, &y);
    *index = end;
  }
  ei_x_free(&y);
  return exit;
}

static void asks_signals(void) {
  ei_x_buff x;
  int index;
  ei_x_new(&x);
  erlang_pid linked = spawned();
  send_link(there, &linked);
  end(&linked, "because");
  erlang_msg message = next_exit(&x, &index, 1);
  claim("a link that we make: EXIT with the reason", message.msgtype == ERL_EXIT && ei_cmp_pids(&message.from, &linked) == 0 &&
                                                        strcmp(text_of(x.buff, index), "because") == 0);

  send_link(there, &linked);
  message = next(&x, &index);
  claim("a link to the dead: noproc", message.msgtype == ERL_EXIT && strcmp(text_of(x.buff, index), "noproc") == 0);

  erlang_pid victim = spawned();
  send_link(there, &victim);
  ei_send_exit(there, &self, &victim, "pushed");
  ei_x_buff alive;
  ei_x_new(&alive);
  ei_x_encode_list_header(&alive, 1);
  ei_x_encode_pid(&alive, &victim);
  ei_x_encode_empty_list(&alive);
  claim("an exit of ours ends a process that is linked", strcmp(call("erlang", "is_process_alive", &alive), "false") == 0);
}

static int asks(char* to) {
  there = ei_connect(&node, to);
  claim("ei_connect", there >= 0);
  claim("a ping, as net_adm asks it", pings());
  claim("ei_rpc: erlang:node", calls("erlang", "node", "[]", to));
  claim("ei_rpc: lists:sum", calls("lists", "sum", "[[1,2,3]]", "6"));
  claim("ei_rpc: what is thrown is the result", calls("erlang", "throw", "[ball]", "ball"));
  claim("ei_rpc: an exit", calls("erlang", "exit", "[over]", "{badrpc, {'EXIT', over}}"));
  claim("ei_rpc: an error", calls("erlang", "error", "[broken]", "{badrpc, {'EXIT', {broken, [{"));
  claim("ei_rpc: undef for what nobody has", calls("no_module", "f", "[x]", "{badrpc, {'EXIT', {undef, [{no_module, f, [x], []}"));
  claim("we are hidden there", lists_us("[hidden]") && !lists_us("[visible]"));
  asks_terms();
  asks_signals();
  claim("ei_global_register", ei_global_register(there, "c_name", &self) == 0);
  erlang_pid registered;
  char where[MAXNODELEN + 1];
  claim("ei_global_whereis: our pid", ei_global_whereis(&node, there, "c_name", &registered, where) == 0 &&
                                          ei_cmp_pids(&registered, &self) == 0 && strcmp(where, ei_thisnodename(&node)) == 0);
  int count;
  char** names = ei_global_names(&node, there, &count);
  claim("ei_global_names", names && count == 1 && strcmp(names[0], "c_name") == 0);
  claim("ei_global_unregister", ei_global_unregister(&node, there, "c_name") == 0 &&
                                    ei_global_whereis(&node, there, "c_name", &registered, NULL) != 0);
  ei_close_connection(there);
  puts("ok    all that a C node asks");
  return 0;
}

/* --- serves */

static void answer(int fd, Piece to, Piece tag, Piece body) {
  ei_x_buff x;
  erlang_pid pid;
  int index = 0;
  ei_x_new_with_version(&x);
  ei_x_encode_tuple_header(&x, 2);
  append(&x, tag);
  append(&x, body);
  if (ei_decode_pid(to.at, &index, &pid) < 0) fail("no pid");
  ei_send(fd, &pid, x.buff, x.index);
  ei_x_free(&x);
}

static Piece own_pid(void) {
  static char bytes[MAXNODELEN + 64];
  int size = 0;
  ei_encode_pid(bytes, &size, &self);
  return (Piece){bytes, size};
}
static Piece atom(const char* text) {
  static char bytes[MAXATOMLEN + 8];
  int size = 0;
  ei_encode_atom(bytes, &size, text);
  return (Piece){bytes, size};
}

/* Who is told of signals. */
static char watcher_bytes[512];
static Piece watcher;

/* Whether a request is net_adm:ping's. */
static int is_ping(Piece request) {
  int index = 0, arity;
  char name[MAXATOMLEN];
  return ei_decode_tuple_header(request.at, &index, &arity) == 0 && arity == 2 &&
         ei_decode_atom(request.at, &index, name) == 0 && strcmp(name, "is_auth") == 0;
}

/* {'$gen_call', {Pid, Tag}, Request}   {Tag, Request} to Pid; `yes` for a ping
 * {Pid, link, Other}, {Pid, 'exit', Other}   we link to Other; we send an exit to Other, as one that is linked
 * {Pid, Term}                          {OurPid, Term} to Pid, who is told of the signals that come from now on */
static void serve_message(int fd, ei_x_buff* x) {
  int index = 0, version, arity;
  if (ei_decode_version(x->buff, &index, &version) < 0 || ei_decode_tuple_header(x->buff, &index, &arity) < 0) return;
  int start = index;
  if (arity == 3) {
    char name[MAXATOMLEN] = "";
    if (ei_decode_atom(x->buff, &index, name) == 0 && strcmp(name, "$gen_call") == 0) {
      ei_decode_tuple_header(x->buff, &index, &arity);
      Piece from = piece(x->buff, &index), tag = piece(x->buff, &index), request = piece(x->buff, &index);
      return answer(fd, from, tag, is_ping(request) ? atom("yes") : request);
    }
    index = start;
    piece(x->buff, &index);
    erlang_pid other;
    if (ei_decode_atom(x->buff, &index, name) < 0 || ei_decode_pid(x->buff, &index, &other) < 0) return;
    if (strcmp(name, "link") == 0) send_link(fd, &other);
    if (strcmp(name, "exit") == 0) ei_send_exit(fd, &self, &other, "from c");
    return;
  }
  Piece from = piece(x->buff, &index), term = piece(x->buff, &index);
  memcpy(watcher_bytes, from.at, from.size);
  watcher = (Piece){watcher_bytes, from.size};
  answer(fd, from, own_pid(), term);
}

static void serve_signal(int fd, const erlang_msg* message, ei_x_buff* x) {
  int version, index = 0;
  if (!watcher.size) return;
  if (message->msgtype == ERL_LINK) answer(fd, watcher, atom("link"), own_pid());
  if (message->msgtype == ERL_UNLINK) answer(fd, watcher, atom("unlink"), own_pid());
  if (message->msgtype != ERL_EXIT && message->msgtype != ERL_EXIT2) return;
  if (ei_decode_version(x->buff, &index, &version) < 0) index = 0;
  Piece reason = piece(x->buff, &index);
  answer(fd, watcher, atom(message->msgtype == ERL_EXIT ? "exit" : "exit2"), reason);
}

static void serves(void) {
  int port = 0, listener = ei_listen(&node, &port, 5);
  if (listener < 0 || ei_publish(&node, port) < 0) fail("listen");
  puts("serves");
  fflush(stdout);
  struct pollfd open[16] = {{.fd = listener, .events = POLLIN}};
  int count = 1;
  for (;;) {
    poll(open, count, -1);
    if (open[0].revents && count < 16) {
      ErlConnect peer;
      int fd = ei_accept(&node, listener, &peer);
      if (fd >= 0) open[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    for (int i = 1; i < count; ++i) {
      if (!open[i].revents) continue;
      erlang_msg message;
      ei_x_buff x;
      ei_x_new(&x);
      int got = ei_xreceive_msg(open[i].fd, &message, &x);
      if (got == ERL_MSG && (message.msgtype == ERL_SEND || message.msgtype == ERL_REG_SEND))
        serve_message(open[i].fd, &x);
      else if (got == ERL_MSG)
        serve_signal(open[i].fd, &message, &x);
      else if (got == ERL_ERROR)
        ei_close_connection(open[i].fd), open[i--] = open[--count];
      ei_x_free(&x);
    }
  }
}

int main(int count, char** arguments) {
  if (count < 4 || ei_init() != 0) return 64;
  if (ei_connect_init(&node, arguments[2], arguments[3], getpid()) < 0) fail("ei_connect_init");
  if (ei_make_pid(&node, &self) < 0) fail("ei_make_pid");
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (strcmp(arguments[1], "serves") == 0) serves();
  return count < 5 ? 64 : asks(arguments[4]);
}
