# The commit the programs report with --version: SOJOURN_COMMIT when given, else git's word, else "unknown".
set(SOJOURN_COMMIT "" CACHE STRING "Commit to report in --version")
set(sojourn_commit "${SOJOURN_COMMIT}")
if(NOT sojourn_commit)
  execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE sojourn_commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT sojourn_commit)
  set(sojourn_commit unknown)
endif()
