/* The first process of every pod: it keeps the pod's namespaces, reaps orphans, ends when told. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(int sig) {
  (void)sig;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
}

static void end(int sig) {
  (void)sig;
  _exit(0);
}

int main(void) {
  struct sigaction on_child = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};
  struct sigaction on_end = {.sa_handler = end};
  if (sigaction(SIGCHLD, &on_child, NULL) != 0 || sigaction(SIGINT, &on_end, NULL) != 0 ||
      sigaction(SIGTERM, &on_end, NULL) != 0) {
    return 1;
  }
  for (;;) {
    pause();
  }
}
