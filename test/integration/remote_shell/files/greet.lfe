(defmodule greet (export (hello 1)))
(defun hello (who) (++ "hello " who))
