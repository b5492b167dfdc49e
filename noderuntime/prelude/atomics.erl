%% All functions of atomics are native; the compiler adds module_info/0,1.
-module(atomics).
