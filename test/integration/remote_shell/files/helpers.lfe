;; Functions and macros for the shell.
(defmodule helpers (export (plus-hundred 1)))
(defun plus-hundred (n) (+ n 100))
(defmacro pair (e) `(tuple ,e ,e))
