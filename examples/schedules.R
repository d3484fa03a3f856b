# The learning-rate schedules of R keras, made by tf_schedules, and its others:
#
#   source("examples/schedules.R")
#   schedule <- learning_rate_schedule_cosine_decay_restarts(0.001, 1000)
#
# Every class of the Python package becomes a function of its arguments, such as
# learning_rate_schedule_warmup(schedule, warmup_steps, ...). The function
# returns a Python object, which optimizers take and which can be called with a
# step.

tf_schedules <- reticulate::import("tf_schedules")

local({
  caller <- parent.env(environment())
  inspect <- reticulate::import("inspect")
  issubclass <- reticulate::import_builtins()$issubclass

  function_name <- function(class_name) {
    words <- gsub("([a-z])([A-Z])", "\\1_\\2", class_name)
    paste0("learning_rate_schedule_", tolower(words))
  }
  formals_of <- function(class) {
    parameters <- reticulate::iterate(
      inspect$signature(class)$parameters$values()
    )
    defaults <- lapply(parameters, function(parameter) {
      # Python marks an argument without a default by a class.
      is_required <- inspect$isclass(parameter$default)
      if (is_required) quote(expr = ) else parameter$default
    })
    setNames(defaults, lapply(parameters, function(p) p$name))
  }
  function_of <- function(class) {
    arguments <- formals_of(class)
    symbols <- sapply(names(arguments), as.symbol)
    as.function(c(arguments, as.call(c(class, symbols))))
  }

  for (name in tf_schedules[["__all__"]]) {
    class <- tf_schedules[[name]]
    if (name != "Schedule" && inspect$isclass(class) &&
        issubclass(class, tf_schedules$Schedule)) {
      assign(function_name(name), function_of(class), envir = caller)
    }
  }
})
