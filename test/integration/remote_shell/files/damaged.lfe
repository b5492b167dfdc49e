(defmodule damaged (export (f 0)))
(defun f () (g
