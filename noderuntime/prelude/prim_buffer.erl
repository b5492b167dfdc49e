%% All functions of prim_buffer are native; the compiler adds module_info/0,1.
-module(prim_buffer).
