/* The rest of the program: what a cleanup does, what the slow path does, and a task that has room
   for one send and tries two. */
#include <stdio.h>
#include <stdlib.h>
#include <unwind.h>

void *test_enter(unsigned long *room);

static struct _Unwind_Exception exception = { .exception_class = 0x57594e0074657374 };

void test_cleanup(int frame) { printf("cleanup %d\n", frame); }

void test_slow_send(unsigned long *room) {
    printf("raise with room %lu\n", *room);
    _Unwind_RaiseException(&exception);
    abort();
}

int main(void) {
    unsigned long room = 1;
    printf("first: %s\n", test_enter(&room) == NULL ? "returned" : "caught");
    printf("second: %s\n", test_enter(&room) == &exception ? "caught" : "returned");
    return 0;
}
