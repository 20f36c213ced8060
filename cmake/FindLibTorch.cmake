# FindLibTorch: imported targets for LibTorch, from the wheel in .venv or any unpacked LibTorch.
#
#   LIBTORCH_ROOT    folder that holds include/ and lib/; searched for in .venv where it is not set
#   LibTorch::cpu    tensors, autograd, GEMM on the CPU
#   LibTorch::all    the same plus the CUDA back end where this LibTorch brings one
#
# The wheel's own find_package(Torch) sets CMAKE_CUDA_ARCHITECTURES to OFF and appends its own
# -gencode flags; CMake 3.25 then fails. The shared libraries find their CUDA libraries by their own rpath.

set(LIBTORCH_ROOT "" CACHE PATH "Folder of LibTorch (holds include/ and lib/)")
if(NOT LIBTORCH_ROOT)
  file(GLOB _wheel "${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch")
  if(_wheel)
    list(GET _wheel 0 _wheel)
    set(LIBTORCH_ROOT "${_wheel}" CACHE PATH "Folder of LibTorch (holds include/ and lib/)" FORCE)
  endif()
endif()

find_path(LibTorch_INCLUDE_DIR ATen/ATen.h PATHS "${LIBTORCH_ROOT}/include" NO_DEFAULT_PATH)
find_library(LibTorch_CPU torch_cpu PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_C10 c10 PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_CUDA torch_cuda PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_C10_CUDA c10_cuda PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_CPU LibTorch_C10 LibTorch_CUDA LibTorch_C10_CUDA)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU LibTorch_C10 LibTorch_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run scripts/setup, or name an unpacked LibTorch with -DLIBTORCH_ROOT=FOLDER")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::cpu INTERFACE IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES
      "${LibTorch_INCLUDE_DIR};${LibTorch_INCLUDE_DIR}/torch/csrc/api/include"
    INTERFACE_COMPILE_DEFINITIONS AT_PER_OPERATOR_HEADERS  # a unit pays for the operators it names
    INTERFACE_LINK_LIBRARIES "${LibTorch_CPU};${LibTorch_C10}"
    INTERFACE_LINK_OPTIONS "-Wl,-rpath,${LIBTORCH_ROOT}/lib")
  add_library(LibTorch::all INTERFACE IMPORTED)
  set_target_properties(LibTorch::all PROPERTIES INTERFACE_LINK_LIBRARIES LibTorch::cpu)
  if(LibTorch_CUDA)
    # Nothing of ours names a symbol of the back end; without --no-as-needed the linker drops it
    # and CUDA is never found.
    set_property(TARGET LibTorch::all APPEND PROPERTY INTERFACE_LINK_LIBRARIES
      "-Wl,--no-as-needed,${LibTorch_CUDA},--as-needed")
  endif()
endif()
