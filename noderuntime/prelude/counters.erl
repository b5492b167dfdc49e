%% All functions of counters are native; the compiler adds module_info/0,1.
-module(counters).
