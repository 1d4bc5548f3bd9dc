"""Training: modules, sessions, enrolments, quizzes and certificates."""
