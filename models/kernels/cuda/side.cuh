// side.cuh: one side of the scores, queries or keys of one head of one string; who sees whom.
#pragma once

#include "models/kernels/cuda/attention.hpp"
#include "models/kernels/cuda/tile.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

constexpr float kLog2E = 1.4426950408889634F, kLn2 = 0.6931471805599453F;
constexpr float kTwoPi = 6.283185307179586F;

WW_DEVICE float infinity() { return __builtin_huge_valf(); }

/// Features of the turned rows, E, and frequencies, F.
template <Kind kind, int D>
constexpr int kTurned = kind == Kind::polar ? 2 * D : D;
template <Kind kind, int D>
constexpr int kFrequencies = kind == Kind::none    ? 0
                             : kind == Kind::pairs ? D / 2
                                                   : D;

/// Cosines and sines of a key head's delta, in shared memory; null: no delta.
struct Phases {
  float *cosine, *sine;
};

struct Side {
  const uint16_t* data;  // row r's features: data + r * place
  int64_t place;
  int count;           // rows
  const int32_t* row;  // of the table of angles; null: r + shift
  int shift;
  Phases phases;
};

/// Blocks of 64 rows.
WW_DEVICE int tiles_of(int64_t rows) {
  return static_cast<int>((rows + kTileRows - 1) / kTileRows);
}

template <typename Data>
WW_DEVICE Data* head_of(const HeadTensor<Data>& x, int string, int head) {
  return x.data + string * x.string + head * x.head;
}

WW_DEVICE const int32_t* rows_of(const TableRows& rows, int string) {
  return rows.row == nullptr ? nullptr : rows.row + string * rows.string;
}

WW_DEVICE Side query_side(const DeviceAttention& a, int string, int head) {
  const int64_t ahead = a.Tk - a.Tq;
  return {head_of(a.query, string, head),
          a.query.place,
          static_cast<int>(a.Tq),
          rows_of(a.query_rows, string),
          static_cast<int>(ahead > 0 ? ahead : 0),
          {nullptr, nullptr}};
}

WW_DEVICE Side key_side(const DeviceAttention& a, int string, int key_head, Phases phases) {
  const int64_t behind = a.Tq - a.Tk;
  return {head_of(a.key, string, key_head),
          a.key.place,
          static_cast<int>(a.Tk),
          rows_of(a.key_rows, string),
          static_cast<int>(behind > 0 ? behind : 0),
          phases};
}

/// From .. to - 1.
struct Span {
  int from, to;
};

/// Who sees whom by places alone.
struct Sight {
  int Tq, Tk, window;
  bool causal;

  WW_DEVICE explicit Sight(const DeviceAttention& a)
      : Tq(static_cast<int>(a.Tq)),
        Tk(static_cast<int>(a.Tk)),
        window(static_cast<int>(a.window)),
        causal(a.causal) {}

  WW_DEVICE bool sees(int query, int key) const {
    if (query >= Tq || key >= Tk) return false;
    const int back = query + Tk - Tq - key;
    return !causal || (back >= 0 && (window == 0 || back < window));
  }
  /// Whether every query of first_query .. + queries - 1 sees every key of first_key .. + keys - 1.
  WW_DEVICE bool sees_all(int first_query, int queries, int first_key, int keys) const {
    return sees(first_query, first_key + keys - 1) && sees(first_query + queries - 1, first_key);
  }
  /// Blocks of keys that any query of a block sees.
  WW_DEVICE Span key_blocks(int first_query) const {
    if (!causal) return blocks(0, Tk);
    const int place = first_query + Tk - Tq;
    return blocks(window == 0 ? 0 : place - window + 1, min_of(Tk, place + kTileRows));
  }
  /// Blocks of queries that see any key of a block.
  WW_DEVICE Span query_blocks(int first_key) const {
    if (!causal) return blocks(0, Tq);
    const int query = first_key - (Tk - Tq);
    return blocks(query, window == 0 ? Tq : min_of(Tq, query + kTileRows - 1 + window));
  }

 private:
  WW_DEVICE static int min_of(int a, int b) { return a < b ? a : b; }
  WW_DEVICE static Span blocks(int from, int to) {
    if (to <= 0) return {0, 0};
    return {from > 0 ? from / kTileRows : 0, tiles_of(to)};
  }
};

/// A head's additive bias in log2 units; the caller stays inside [Tq, Tk].
struct Bias {
  const float* data;  // null: none
  int64_t row;

  WW_DEVICE Bias(const DeviceAttention& a, int string, int head)
      : data(a.bias == nullptr ? nullptr : a.bias + string * a.bias_string + head * a.bias_head),
        row(a.bias_row) {}
  WW_DEVICE float at(int query, int key) const { return data[query * row + key] * kLog2E; }
};

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
