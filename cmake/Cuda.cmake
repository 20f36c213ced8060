# Cuda: the CUDA kernels, where there is an nvcc; elsewhere a stub that refuses. find_package(Torch)
# must not do this: it sets CMAKE_CUDA_ARCHITECTURES to OFF.
#
#   WW_CUDA=OFF                     the stub in any case
#   CMAKE_CUDA_ARCHITECTURES        80-real;90 unless set: code for 8.0 and 9.0, and PTX for what comes
#
# Each .cu is a unit of its own and includes no torch header. What registers its kernels take and
# spill is printed as they compile, and kept beside the objects in *.registers.

option(WW_CUDA "Build the CUDA kernels where nvcc is found" ON)

if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES "80-real;90" CACHE STRING "GPUs that the kernels are compiled for")
endif()
set(CMAKE_CUDA_RUNTIME_LIBRARY None)  # named below: the process must hold LibTorch's, not a second
if(WW_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
endif()
if(WW_CUDA AND CMAKE_CUDA_COMPILER)
  enable_language(CUDA)
  set(CMAKE_CUDA_COMPILER_LAUNCHER "${PROJECT_SOURCE_DIR}/cmake/registers" ${CCACHE})
endif()

# Adds the capture of graphs to TARGET, which only a LibTorch with CUDA and a toolkit's headers have.
function(ww_cuda_graphs TARGET)
  set(folder "${PROJECT_SOURCE_DIR}/models/graphs")
  if(NOT WW_CUDA OR NOT CMAKE_CUDA_COMPILER OR NOT LibTorch_CUDA OR NOT LibTorch_C10_CUDA)
    message(STATUS "CUDA graphs: none, a stub refuses them")
    target_sources(${TARGET} PRIVATE "${folder}/without_cuda_graphs.cpp")
    return()
  endif()
  add_library(ww_cuda_graphs OBJECT "${folder}/with_cuda_graphs.cpp")
  target_link_libraries(ww_cuda_graphs PRIVATE ww_options LibTorch::all)
  target_include_directories(ww_cuda_graphs SYSTEM PRIVATE
    ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
  target_sources(${TARGET} PRIVATE $<TARGET_OBJECTS:ww_cuda_graphs>)
  target_link_libraries(${TARGET} PUBLIC "${LibTorch_C10_CUDA}")
endfunction()

# Adds sums over several GPUs to TARGET: by the NCCL that LibTorch's wheel brings and loads, so that
# a process never holds two. An unpacked LibTorch keeps its own inside.
function(ww_nccl TARGET)
  set(folder "${PROJECT_SOURCE_DIR}/models/processes")
  set(wheel "${LIBTORCH_ROOT}/../nvidia/nccl")
  find_path(WW_NCCL_INCLUDE nccl.h PATHS "${wheel}/include" NO_DEFAULT_PATH)
  find_library(WW_NCCL NAMES libnccl.so.2 PATHS "${wheel}/lib" NO_DEFAULT_PATH)
  if(NOT WW_CUDA OR NOT CMAKE_CUDA_COMPILER OR NOT LibTorch_CUDA OR NOT WW_NCCL_INCLUDE OR NOT WW_NCCL)
    message(STATUS "NCCL: none, a stub refuses training on several GPUs")
    target_sources(${TARGET} PRIVATE "${folder}/without_nccl.cpp")
    return()
  endif()
  add_library(ww_nccl OBJECT "${folder}/with_nccl.cpp")
  target_link_libraries(ww_nccl PRIVATE ww_options fmt::fmt LibTorch::all)
  target_include_directories(ww_nccl SYSTEM PRIVATE
    "${WW_NCCL_INCLUDE}" ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
  target_sources(${TARGET} PRIVATE $<TARGET_OBJECTS:ww_nccl>)
  get_filename_component(library_folder "${WW_NCCL}" DIRECTORY)
  target_link_libraries(${TARGET} PUBLIC "${WW_NCCL}")
  target_link_options(${TARGET} PUBLIC "-Wl,-rpath,${library_folder}")
endfunction()

# Adds the kernels to TARGET; compiled once, for however many take them.
function(ww_cuda_kernels TARGET)
  set(folder "${PROJECT_SOURCE_DIR}/models/kernels/cuda")
  if(NOT WW_CUDA OR NOT CMAKE_CUDA_COMPILER)
    message(STATUS "CUDA kernels: none, a stub refuses them in ${TARGET}")
    target_sources(${TARGET} PRIVATE "${folder}/stub.cpp")
    return()
  endif()
  if(NOT TARGET ww_cuda)
    ww_cuda_objects("${folder}")
  endif()
  target_sources(${TARGET} PRIVATE "${folder}/dispatch.cpp" $<TARGET_OBJECTS:ww_cuda>)
  # LibTorch's runtime where it brings one, else the toolkit's.
  find_library(WW_CUDART NAMES libcudart.so.13 cudart
    PATHS "${LIBTORCH_ROOT}/../nvidia/cu13/lib" NO_DEFAULT_PATH)
  find_library(WW_CUDART NAMES cudart PATHS ${CMAKE_CUDA_IMPLICIT_LINK_DIRECTORIES} REQUIRED)
  get_filename_component(runtime_folder "${WW_CUDART}" DIRECTORY)
  target_link_libraries(${TARGET} PUBLIC "${WW_CUDART}")
  target_link_options(${TARGET} PUBLIC "-Wl,-rpath,${runtime_folder}")
endfunction()

# The units of FOLDER as objects, ww_cuda.
function(ww_cuda_objects FOLDER)
  file(GLOB units CONFIGURE_DEPENDS "${FOLDER}/*.cu")
  add_library(ww_cuda OBJECT ${units})
  target_include_directories(ww_cuda PRIVATE "${PROJECT_SOURCE_DIR}")
  # CMake 3.25 does not know nvcc's flag for C++20; the kernels need none of it.
  set_target_properties(ww_cuda PROPERTIES CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON
    POSITION_INDEPENDENT_CODE ON CUDA_VISIBILITY_PRESET hidden)
  target_compile_options(ww_cuda PRIVATE -Xptxas -v)
  message(STATUS "CUDA kernels: ${CMAKE_CUDA_COMPILER_VERSION}, for ${CMAKE_CUDA_ARCHITECTURES}")
endfunction()
