package org.ugmm.engine.mpe;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the derivatives of a {@link TaylorPass} lie: the real dimensions below each node, and the
 * places of gradients and Hessians. Immutable.
 */
final class TaylorLayout {
  private static final long MAX_WORKSPACE = 8_000_000;
  private static final int MAX_REALS_FOR_CURVATURE = 40;

  private final ConditionedCircuit r;

  /** 2 with second derivatives, 1 with first ones, 0 where the circuit is too large for either. */
  final int maxOrder;

  /** [numNodes] the real dimensions below each node, ascending. */
  final int[][] scope;

  /** [numNodes + 1] where a node's gradient starts, one number a dimension of its scope. */
  final int[] gradientStart;

  /** [numNodes + 1] where a node's Hessian starts: lower triangle, row by row. */
  final int[] hessianStart;

  /** [edges] position of each dimension of the child's scope in the parent's; null when alike. */
  final int[] @Nullable [] position;

  /** The most dimensions of a scope, and the most children of a node. */
  final int maxScope;

  final int maxChildren;

  TaylorLayout(ConditionedCircuit r) {
    this.r = r;
    int n = r.numNodes;
    scope = new int[n][];
    int order = scopes() ? 1 : 0;
    position = new int[r.child.length][];
    gradientStart = new int[n + 1];
    hessianStart = new int[n + 1];
    int dimensions = 0;
    int children = 0;
    for (int k = 0; k < n; k++) {
      children = Math.max(children, r.start[k + 1] - r.start[k]);
    }
    if (order == 1) {
      long hessianSize = 0;
      for (int k = 0; k < n; k++) {
        int s = scope[k].length;
        gradientStart[k + 1] = gradientStart[k] + s;
        hessianSize += (long) s * (s + 1) / 2;
        dimensions = Math.max(dimensions, s);
        for (int e = r.start[k]; e < r.start[k + 1]; e++) {
          position[e] = positions(scope[r.child[e]], scope[k]);
        }
      }
      if (hessianSize <= MAX_WORKSPACE && dimensions <= MAX_REALS_FOR_CURVATURE) {
        order = 2;
        for (int k = 0; k < n; k++) {
          int s = scope[k].length;
          hessianStart[k + 1] = hessianStart[k] + s * (s + 1) / 2;
        }
      }
    }
    maxOrder = order;
    maxScope = dimensions;
    maxChildren = children;
  }

  /** Fills the scopes; false when they would be too large. */
  private boolean scopes() {
    boolean[] below = new boolean[r.numDimensions];
    long size = 0;
    for (int k = 0; k < r.numNodes; k++) {
      int from = r.start[k];
      int to = r.start[k + 1];
      boolean isSmoothLeaf =
          r.kind[k] == ConditionedCircuit.GAUSSIAN
              || r.kind[k] == ConditionedCircuit.UNIVARIATE && !r.whole[r.dimension[k]];
      if (isSmoothLeaf) {
        scope[k] = new int[] {r.dimension[k]};
      } else if (from == to) {
        scope[k] = new int[0];
      } else {
        int[] first = scope[r.child[from]];
        boolean alike = true;
        for (int e = from + 1; e < to && alike; e++) {
          alike = Arrays.equals(first, scope[r.child[e]]);
        }
        if (alike) {
          scope[k] = first;
        } else {
          int count = 0;
          for (int e = from; e < to; e++) {
            for (int d : scope[r.child[e]]) {
              count += below[d] ? 0 : 1;
              below[d] = true;
            }
          }
          int[] union = new int[count];
          int at = 0;
          for (int d = 0; d < below.length; d++) {
            if (below[d]) {
              union[at++] = d;
              below[d] = false;
            }
          }
          scope[k] = union;
        }
      }
      size += scope[k].length;
      if (size > MAX_WORKSPACE) {
        return false;
      }
    }
    return true;
  }

  private static int @Nullable [] positions(int[] inner, int[] outer) {
    if (inner.length == outer.length) {
      return null;
    }
    int[] result = new int[inner.length];
    for (int i = 0; i < inner.length; i++) {
      result[i] = Arrays.binarySearch(outer, inner[i]);
    }
    return result;
  }
}
