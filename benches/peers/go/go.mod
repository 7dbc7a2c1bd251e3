module wynbench

go 1.23
