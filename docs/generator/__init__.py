"""Reference pages made from the program itself: its verbs, errors, settings, codes and reports."""
