# Language level, warnings, hardening and sanitizers: the same for every target of the project.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# No directory's name in the result: the same sources give the same program wherever they lie.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")

include(CheckPIESupported)
check_pie_supported()
find_package(Threads REQUIRED)

# A second checkout of the same sources, wherever it lies, compiles from the first one's cache.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

add_library(sojourn_flags INTERFACE)
target_compile_options(sojourn_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Wformat=2 -Werror=format-security
  -fstack-protector-strong)
target_link_libraries(sojourn_flags INTERFACE Threads::Threads)

if(SOJOURN_SANITIZE)
  target_compile_options(sojourn_flags INTERFACE
    -fsanitize=${SOJOURN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(sojourn_flags INTERFACE -fsanitize=${SOJOURN_SANITIZE})
else()
  # Checked in the ELF of g++ 12: PIE, full RELRO, NX, canaries, fortified calls.
  target_compile_options(sojourn_flags INTERFACE
    -U_FORTIFY_SOURCE $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3> -D_GLIBCXX_ASSERTIONS
    -fstack-clash-protection -ftrivial-auto-var-init=zero)
  target_link_options(sojourn_flags INTERFACE
    -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--gc-sections)
endif()
