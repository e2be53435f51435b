package org.ugmm.compiler.graph;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;
import org.eclipse.collections.api.factory.Lists;
import org.eclipse.collections.api.list.MutableList;
import org.eclipse.collections.api.map.primitive.MutableObjectIntMap;
import org.eclipse.collections.impl.factory.primitive.ObjectIntMaps;
import org.ugmm.engine.data.NodeKind;

/**
 * The scope of every live node of a graph: the set of variables below it. Equal scopes have equal
 * ids. A term of a sum with weight zero adds nothing to the sum, but its variables are below the
 * sum: they are in its scope, which a weight does not change.
 */
public final class ScopeTable {
  /*
   * A set is a bit set without its leading and trailing zero words, preceded by the index of its
   * first word. Unions of two ids are remembered: a circuit has far fewer distinct pairs than edges.
   */
  private static final int EMPTY = 0;

  private record Words(long[] words) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Words set && Arrays.equals(words, set.words);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(words);
    }
  }

  private final int[] idOf;
  private final MutableList<long[]> sets = Lists.mutable.empty();
  private final MutableObjectIntMap<Words> ids = ObjectIntMaps.mutable.empty();
  private final Long2IntOpenHashMap unions = new Long2IntOpenHashMap();
  private final long[] scratch;

  private ScopeTable(Graph g, boolean[] live) {
    idOf = new int[g.numNodes()];
    scratch = new long[(g.variables().size() + 63) / 64 + 1];
    unions.defaultReturnValue(-1);
    intern(0, 0);
    int[] ofVariable = new int[g.variables().size()];
    Arrays.fill(ofVariable, -1);
    for (int n = 0; n < idOf.length; n++) {
      if (live[n]) {
        int v = g.variable(n);
        if (v >= 0 && ofVariable[v] < 0) {
          scratch[v >> 6] = 1L << v;
          ofVariable[v] = intern(v >> 6, (v >> 6) + 1);
        }
        idOf[n] =
            g.kind(n) == NodeKind.GAUSSIAN_BLOCK
                ? ofBlock(g.blockVariables(n))
                : v >= 0 ? ofVariable[v] : unionOfChildren(g, n);
      }
    }
  }

  /** The scopes of the live nodes. */
  public static ScopeTable of(Graph g, boolean[] live) {
    return new ScopeTable(g, live);
  }

  private int ofBlock(int[] variables) {
    int lo = Integer.MAX_VALUE;
    int hi = 0;
    for (int v : variables) {
      scratch[v >> 6] |= 1L << v;
      lo = Math.min(lo, v >> 6);
      hi = Math.max(hi, (v >> 6) + 1);
    }
    return intern(lo, hi);
  }

  private int unionOfChildren(Graph g, int n) {
    boolean isSum = g.kind(n) == NodeKind.WEIGHTED_SUM;
    int numChildren = g.numChildren(n);
    if (numChildren > 2 && !isSum) {
      return unionOfMany(g, n);
    }
    int result = EMPTY;
    int distinct = 0;
    for (int i = 0; i < numChildren; i++) {
      int id = idOf[g.child(n, i)];
      if (id != result && result != EMPTY && ++distinct > 4) {
        return unionOfMany(g, n);
      }
      result = union(result, id);
    }
    return result;
  }

  private int unionOfMany(Graph g, int n) {
    int lo = Integer.MAX_VALUE;
    int hi = 0;
    for (int i = 0; i < g.numChildren(n); i++) {
      long[] set = sets.get(idOf[g.child(n, i)]);
      if (set.length > 1) {
        lo = (int) Math.min(lo, set[0]);
        hi = (int) Math.max(hi, set[0] + set.length - 1);
        addToScratch(set);
      }
    }
    return hi == 0 ? EMPTY : intern(lo, hi);
  }

  /** The id of the union of two scopes. */
  public int union(int a, int b) {
    if (a == b || b == EMPTY) {
      return a;
    }
    if (a == EMPTY) {
      return b;
    }
    long key = (long) Math.min(a, b) << 32 | Math.max(a, b);
    int known = unions.get(key);
    if (known < 0) {
      long[] x = sets.get(a);
      long[] y = sets.get(b);
      addToScratch(x);
      addToScratch(y);
      known =
          intern((int) Math.min(x[0], y[0]), (int) Math.max(x[0] + x.length, y[0] + y.length) - 1);
      unions.put(key, known);
    }
    return known;
  }

  private void addToScratch(long[] set) {
    for (int w = 1; w < set.length; w++) {
      scratch[(int) set[0] + w - 1] |= set[w];
    }
  }

  private int intern(int from, int to) {
    long[] words = new long[to - from + 1];
    words[0] = from;
    System.arraycopy(scratch, from, words, 1, to - from);
    Arrays.fill(scratch, from, to, 0);
    int id = ids.getIfAbsentPut(new Words(words), sets.size());
    if (id == sets.size()) {
      sets.add(words);
    }
    return id;
  }

  /** The id of a live node's scope. */
  public int id(int node) {
    return idOf[node];
  }

  /** The number of variables in a scope. */
  public int size(int id) {
    long[] set = sets.get(id);
    int size = 0;
    for (int w = 1; w < set.length; w++) {
      size += Long.bitCount(set[w]);
    }
    return size;
  }

  /** The variables of one scope that another lacks, ascending. */
  public int[] difference(int id, int lacking) {
    long[] a = sets.get(id);
    long[] b = sets.get(lacking);
    int[] result = new int[size(id)];
    int size = 0;
    for (int w = 1; w < a.length; w++) {
      long at = a[0] + w - 1;
      long other = at - b[0] + 1;
      long bits = a[w] & ~(other >= 1 && other < b.length ? b[(int) other] : 0);
      for (; bits != 0; bits &= bits - 1) {
        result[size++] = (int) at * 64 + Long.numberOfTrailingZeros(bits);
      }
    }
    return Arrays.copyOf(result, size);
  }

  /** The variables of a scope, ascending. */
  public int[] members(int id) {
    return difference(id, EMPTY);
  }
}
