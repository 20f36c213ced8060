// platform.cuh: the words of CUDA C++ that the kernels use, from nvcc or from the host layer: every
// kernel is one source that runs on a GPU, and on the host where its tests can look inside.
#pragma once

#include <cstdint>

#ifdef __CUDACC__

#include <cuda_runtime.h>

#define WW_PLATFORM on_device
#define WW_KERNEL static __global__
#define WW_DEVICE __device__ __forceinline__
#define WW_UNROLL _Pragma("unroll")
#define WW_ROLLED _Pragma("unroll 1")
#define WW_SHARED(name) extern __shared__ __align__(16) unsigned char name[]

#else

#include "models/kernels/cuda/host/layer.hpp"

#define WW_PLATFORM on_host
#define WW_KERNEL inline
#define WW_DEVICE inline
#define WW_UNROLL
#define WW_ROLLED
#define WW_SHARED(name) unsigned char* const name = ::ww::kernels::cuda::host::shared_memory()

#endif

// Kernels live in `inline namespace WW_PLATFORM`: a program may hold both versions.
