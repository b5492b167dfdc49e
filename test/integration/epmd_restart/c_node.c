/* A C node that registers as ei does, and stays until it is killed: c_node NAME COOKIE PORT */
#include <ei.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char** arguments) {
  ei_cnode node;
  if (count != 4 || ei_init() != 0) return 2;
  if (ei_connect_init(&node, arguments[1], arguments[2], 1) < 0) return 3;
  if (ei_publish(&node, atoi(arguments[3])) < 0) return 4;
  puts("registered");
  fflush(stdout);
  for (;;) pause();
}
