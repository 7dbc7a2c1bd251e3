// As `spawn_await`: a group of tasks already ends when all have ended, and the first exception in one cancels the others.
#include "spawn_await.hpp"

int main(int count, char** texts) { bench::run(bench::Arguments(count, texts), bench::spawn_and_wait); }
