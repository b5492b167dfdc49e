/* The same terms through ei, which reads values without building terms: codec_ei FILE…. Decoding goes through a term value by
   value; encoding writes the same values again. Prints name, nanoseconds to decode, nanoseconds to encode. */
#include <ei.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { max_text = 1 << 21 };
static char text[max_text];

struct value {
  int type, size;
  long number;
  double real;
  char *bytes;
  erlang_pid pid;
  erlang_ref reference;
};

/* One value at *index into `to`; counts what it opens. NULL `to`: only reads. */
static long read_value(const char *in, int *index, struct value *to) {
  struct value scratch, *v = to ? to : &scratch;
  long bytes;
  int arity;
  if (ei_get_type(in, index, &v->type, &v->size) < 0) exit(1);
  switch (v->type) {
    case ERL_SMALL_INTEGER_EXT:
    case ERL_INTEGER_EXT: ei_decode_long(in, index, &v->number); return 0;
    case ERL_FLOAT_EXT: ei_decode_double(in, index, &v->real); return 0;
    case ERL_ATOM_EXT: ei_decode_atom_as(in, index, text, sizeof text, ERLANG_UTF8, NULL, NULL); break;
    case ERL_BINARY_EXT: ei_decode_binary(in, index, text, &bytes); break;
    case ERL_STRING_EXT: ei_decode_string(in, index, text); break;
    case ERL_PID_EXT:
    case ERL_NEW_PID_EXT: ei_decode_pid(in, index, &v->pid); return 0;
    case ERL_REFERENCE_EXT:
    case ERL_NEW_REFERENCE_EXT:
    case ERL_NEWER_REFERENCE_EXT: ei_decode_ref(in, index, &v->reference); return 0;
    case ERL_SMALL_TUPLE_EXT:
    case ERL_LARGE_TUPLE_EXT: ei_decode_tuple_header(in, index, &arity); return arity;
    case ERL_MAP_EXT: ei_decode_map_header(in, index, &arity); return 2L * arity;
    case ERL_NIL_EXT:
    case ERL_LIST_EXT: ei_decode_list_header(in, index, &arity); return arity ? arity + 1L : 0;
    case ERL_SMALL_BIG_EXT:
    case ERL_LARGE_BIG_EXT: {
      erlang_big *big = ei_alloc_big((unsigned)v->size);
      ei_decode_big(in, index, big);
      if (to) v->bytes = (char *)big; else ei_free_big(big);
      return 0;
    }
    default: exit(2);
  }
  if (to) {
    v->bytes = malloc((size_t)v->size + 1);
    memcpy(v->bytes, text, (size_t)v->size);
    v->bytes[v->size] = 0;
  }
  return 0;
}

static void decode(const char *in, struct value *values, long *count) {
  int index = 0, version;
  ei_decode_version(in, &index, &version);
  long n = 0;
  for (long left = 1; left > 0; --left) left += read_value(in, &index, values ? &values[n] : NULL), ++n;
  if (count) *count = n;
}

static void encode(ei_x_buff *out, const struct value *v, long count) {
  out->index = 0;
  ei_x_encode_version(out);
  for (; count > 0; --count, ++v) switch (v->type) {
      case ERL_SMALL_INTEGER_EXT:
      case ERL_INTEGER_EXT: ei_x_encode_long(out, v->number); break;
      case ERL_FLOAT_EXT: ei_x_encode_double(out, v->real); break;
      case ERL_ATOM_EXT: ei_x_encode_atom_len_as(out, v->bytes, v->size, ERLANG_UTF8, ERLANG_UTF8); break;
      case ERL_BINARY_EXT: ei_x_encode_binary(out, v->bytes, v->size); break;
      case ERL_STRING_EXT: ei_x_encode_string_len(out, v->bytes, v->size); break;
      case ERL_PID_EXT:
      case ERL_NEW_PID_EXT: ei_x_encode_pid(out, &v->pid); break;
      case ERL_REFERENCE_EXT:
      case ERL_NEW_REFERENCE_EXT:
      case ERL_NEWER_REFERENCE_EXT: ei_x_encode_ref(out, &v->reference); break;
      case ERL_SMALL_TUPLE_EXT:
      case ERL_LARGE_TUPLE_EXT: ei_x_encode_tuple_header(out, v->size); break;
      case ERL_MAP_EXT: ei_x_encode_map_header(out, v->size); break;
      case ERL_NIL_EXT: ei_x_encode_empty_list(out); break;
      case ERL_LIST_EXT: ei_x_encode_list_header(out, v->size); break;
      default: ei_x_encode_big(out, (erlang_big *)v->bytes);
    }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#define BEST(result, work)                                       \
  do {                                                           \
    double start = now();                                        \
    work;                                                        \
    int calls = (int)(2e6 / (now() - start + 100)) + 1;          \
    result = 1e18;                                               \
    for (int round = 0; round < 70; ++round) {                   \
      start = now();                                             \
      for (int i = 0; i < calls; ++i) work;                      \
      double time = (now() - start) / calls;                     \
      if (time < result) result = time;                          \
    }                                                            \
  } while (0)

int main(int count, char **arguments) {
  ei_init();
  for (int i = 1; i < count; ++i) {
    FILE *file = fopen(arguments[i], "rb");
    char *in = malloc(1 << 22);
    if (!file || fread(in, 1, 1 << 22, file) == 0) return 1;
    fclose(file);
    struct value *values = calloc(1 << 20, sizeof *values);
    long number;
    decode(in, values, &number);
    ei_x_buff out;
    ei_x_new(&out);
    double decoding, encoding;
    BEST(decoding, decode(in, NULL, NULL));
    BEST(encoding, encode(&out, values, number));
    const char *name = strrchr(arguments[i], '/') ? strrchr(arguments[i], '/') + 1 : arguments[i];
    printf("%s %.0f %.0f\n", name, decoding, encoding);
    free(in), free(values), ei_x_free(&out);
  }
  return 0;
}
