package org.ugmm.engine.flat;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.leaf.MultivariateGaussian;

/** The scope of every node: the set of variables below it, each distinct set stored once. */
public final class Scopes {
  /*
   * A set is a trimmed bit set: words[0] is the index of the first word, then the words without
   * leading or trailing zeros, so that a circuit over many variables with small scopes stays small.
   * Unions of two sets are remembered by their ids: large circuits have few distinct pairs.
   */
  private final int[] idOfNode;
  private final boolean[] overlap;
  private final List<long[]> sets = new ArrayList<>();
  private final Object2IntOpenHashMap<Key> ids = new Object2IntOpenHashMap<>();
  private final Long2IntOpenHashMap unions = new Long2IntOpenHashMap();
  private final long[] scratch;

  private record Key(long[] words) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Arrays.equals(words, key.words);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(words);
    }
  }

  private Scopes(FlatCircuit c) {
    int numNodes = c.numNodes();
    idOfNode = new int[numNodes];
    overlap = new boolean[numNodes];
    scratch = new long[(c.numVariables() + 63) / 64];
    unions.defaultReturnValue(-1);
    ids.defaultReturnValue(-1);
    int empty = intern(0, 0);
    int[] ofVariable = new int[c.numVariables()];
    for (int v = 0; v < ofVariable.length; v++) {
      scratch[v >> 6] = 1L << v;
      ofVariable[v] = intern(v >> 6, (v >> 6) + 1);
    }
    for (int n = 0; n < numNodes; n++) {
      int from = c.edgeStart[n];
      int to = c.edgeStart[n + 1];
      if (c.variable[n] >= 0) {
        idOfNode[n] = ofVariable[c.variable[n]];
      } else if (c.kind(n) == NodeKind.GAUSSIAN_BLOCK) {
        idOfNode[n] = ofBlock(c, n);
      } else if (to == from) {
        idOfNode[n] = empty;
      } else if (c.kind(n) != NodeKind.PRODUCT && haveOneScope(c, from, to)) {
        idOfNode[n] = idOfNode[c.child[from]];
      } else if (to - from == 2) {
        int id = idOfNode[c.child[from]];
        int other = idOfNode[c.child[from + 1]];
        overlap[n] = unionOverlaps(id, other);
        idOfNode[n] = unionId(id, other);
      } else {
        idOfNode[n] = unionOfMany(c, n);
      }
    }
  }

  private int ofBlock(FlatCircuit c, int n) {
    MultivariateGaussian block = c.block(n);
    int lo = Integer.MAX_VALUE;
    int hi = 0;
    for (int i = 0; i < block.size(); i++) {
      int v = block.variable(i);
      scratch[v >> 6] |= 1L << v;
      lo = Math.min(lo, v >> 6);
      hi = Math.max(hi, (v >> 6) + 1);
    }
    return intern(lo, hi);
  }

  private boolean haveOneScope(FlatCircuit c, int from, int to) {
    for (int e = from + 1; e < to; e++) {
      if (idOfNode[c.child[e]] != idOfNode[c.child[from]]) {
        return false;
      }
    }
    return true;
  }

  public static Scopes of(FlatCircuit c) {
    return new Scopes(c);
  }

  /** The id of a node's scope; nodes with equal scopes have equal ids. */
  public int id(int node) {
    return idOfNode[node];
  }

  /** Number of distinct scopes. */
  int numDistinct() {
    return sets.size();
  }

  /** Whether two children of the product share a variable. */
  boolean overlaps(int product) {
    return overlap[product];
  }

  public boolean contains(int node, int v) {
    long[] set = sets.get(idOfNode[node]);
    int word = (v >> 6) - (int) set[0];
    return word >= 0 && word < set.length - 1 && (set[word + 1] >>> v & 1) != 0;
  }

  /** The variables in a node's scope, ascending. */
  int[] variables(int node) {
    return members(idOfNode[node]);
  }

  /** The variables of a scope, ascending. */
  int[] members(int id) {
    long[] set = sets.get(id);
    int size = 0;
    for (int w = 1; w < set.length; w++) {
      size += Long.bitCount(set[w]);
    }
    int[] result = new int[size];
    int k = 0;
    for (int w = 1; w < set.length; w++) {
      for (long bits = set[w]; bits != 0; bits &= bits - 1) {
        result[k++] = (int) (set[0] + w - 1) * 64 + Long.numberOfTrailingZeros(bits);
      }
    }
    return result;
  }

  /** Whether two scopes have no variable in common. */
  boolean disjoint(int id, int other) {
    return !unionOverlaps(id, other);
  }

  /** Number of 64-bit words of a scope: what a comparison with it costs. */
  int numWords(int id) {
    return sets.get(id).length - 1;
  }

  private boolean unionOverlaps(int id, int other) {
    long[] a = sets.get(id);
    long[] b = sets.get(other);
    int from = (int) Math.max(a[0], b[0]);
    int to = (int) Math.min(a[0] + a.length, b[0] + b.length) - 1;
    for (int w = from; w < to; w++) {
      if ((a[w - (int) a[0] + 1] & b[w - (int) b[0] + 1]) != 0) {
        return true;
      }
    }
    return false;
  }

  private int unionId(int id, int other) {
    if (id == other) {
      return id;
    }
    long key = (long) Math.min(id, other) << 32 | Math.max(id, other);
    int known = unions.get(key);
    if (known >= 0) {
      return known;
    }
    long[] a = sets.get(id);
    long[] b = sets.get(other);
    int result;
    if (a.length == 1) {
      result = other;
    } else if (b.length == 1) {
      result = id;
    } else {
      addToScratch(a);
      addToScratch(b);
      result =
          intern((int) Math.min(a[0], b[0]), (int) Math.max(a[0] + a.length, b[0] + b.length) - 1);
    }
    unions.put(key, result);
    return result;
  }

  private int unionOfMany(FlatCircuit c, int n) {
    int lo = Integer.MAX_VALUE;
    int hi = 0;
    for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
      long[] set = sets.get(idOfNode[c.child[e]]);
      if (set.length == 1) {
        continue;
      }
      for (int w = 1; w < set.length; w++) {
        int word = (int) set[0] + w - 1;
        overlap[n] |= (scratch[word] & set[w]) != 0;
        scratch[word] |= set[w];
      }
      lo = (int) Math.min(lo, set[0]);
      hi = (int) Math.max(hi, set[0] + set.length - 1);
    }
    return hi == 0 ? intern(0, 0) : intern(lo, hi);
  }

  private void addToScratch(long[] set) {
    for (int w = 1; w < set.length; w++) {
      scratch[(int) set[0] + w - 1] |= set[w];
    }
  }

  /** The id of the set that stands in scratch[from .. to), which is cleared. */
  private int intern(int from, int to) {
    long[] words = new long[to - from + 1];
    words[0] = from;
    System.arraycopy(scratch, from, words, 1, to - from);
    Arrays.fill(scratch, from, to, 0);
    Key key = new Key(words);
    int id = ids.getInt(key);
    if (id < 0) {
      id = sets.size();
      sets.add(words);
      ids.put(key, id);
    }
    return id;
  }
}
