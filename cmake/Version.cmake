# The commit the programs report with --version: SOJOURN_COMMIT when given, else git's word with
# "-modified" behind it when files differ from the commit, else "unknown".
set(SOJOURN_COMMIT "" CACHE STRING "Commit to report in --version")
set(sojourn_commit "${SOJOURN_COMMIT}")
if(NOT sojourn_commit)
  execute_process(
    COMMAND git -C ${PROJECT_SOURCE_DIR} describe --always --abbrev=12 --exclude=* --dirty=-modified
    OUTPUT_VARIABLE sojourn_commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  # Asked again once there is another commit, also by `cmake --build` alone.
  execute_process(
    COMMAND git -C ${PROJECT_SOURCE_DIR} rev-parse --path-format=absolute --git-path logs/HEAD
    OUTPUT_VARIABLE sojourn_head OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(EXISTS "${sojourn_head}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${sojourn_head}")
  endif()
endif()
if(NOT sojourn_commit)
  set(sojourn_commit unknown)
endif()
