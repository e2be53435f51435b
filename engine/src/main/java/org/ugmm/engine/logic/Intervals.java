package org.ugmm.engine.logic;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;

/** What a formula says of real variables, but for what has no mass. Not thread-safe. */
final class Intervals {
  private final Diagram diagram;
  private final List<Variable> variables;
  private final Int2IntOpenHashMap massive = new Int2IntOpenHashMap();

  /**
   * A formula that holds only within an interval of a variable, and there whatever the value is.
   *
   * @param rest what it says of other variables
   */
  record Interval(int rest, double lo, double hi) {}

  Intervals(Diagram diagram, List<Variable> variables) {
    this.diagram = diagram;
    this.variables = variables;
    massive.defaultReturnValue(-1);
  }

  private Variable variable(int at) {
    return variables.get(diagram.variable(at));
  }

  /** The cells of a real variable in which it has mass. */
  private BitSet inDomain(int at, Real real) {
    Cells cells = diagram.cells(at);
    double margin = real.isCount() ? 0.5 : 0; // as cells of counts have it
    BitSet in = new BitSet();
    for (int i = 0; i < cells.count(); i += 2) {
      in.set(
          i, Math.max(real.lo() - margin, cells.lo[i]) < Math.min(real.hi() + margin, cells.hi[i]));
    }
    return in;
  }

  /**
   * The formula that agrees where there is mass, and which single values and values outside the
   * domains do not tell from others that agree so.
   */
  int massive(int node) {
    if (node <= Diagram.TRUE) {
      return node;
    }
    int known = massive.get(node);
    if (known < 0) {
      int at = diagram.level(node);
      int[] below = new int[diagram.cells(at).count()];
      BitSet in = variable(at) instanceof Real real ? inDomain(at, real) : new BitSet();
      for (int i = 0; i < below.length; i++) {
        int like = in.isEmpty() || in.get(i) ? i : in.previousSetBit(i);
        below[i] = massive(diagram.child(node, like < 0 ? in.nextSetBit(0) : like));
      }
      known = diagram.node(at, below);
      massive.put(node, known);
    }
    return known;
  }

  /**
   * The only interval that a massive formula leaves a variable.
   *
   * @return null where it leaves it different ones in different cases
   */
  @Nullable Interval only(int formula, int at, Real real) {
    BitSet in = inDomain(at, real);
    Cells cells = diagram.cells(at);
    int rest = Diagram.FALSE;
    int first = -1;
    int last = -1;
    for (int i = in.nextSetBit(0); i >= 0; i = in.nextSetBit(i + 1)) {
      int here = where(formula, at, i, new Int2IntOpenHashMap());
      if (here == Diagram.FALSE) {
        continue;
      }
      boolean isNext = last < 0 || in.nextSetBit(last + 1) == i;
      if (!isNext || rest != Diagram.FALSE && rest != here) {
        return null;
      }
      rest = here;
      first = first < 0 ? i : first;
      last = i;
    }
    boolean isAll = first == in.nextSetBit(0) && last == in.length() - 1;
    return isAll
        ? new Interval(rest, real.lo(), real.hi())
        : new Interval(rest, real.least(cells.lo[first]), real.greatest(cells.hi[last]));
  }

  /** What a formula says where a variable is in a cell. */
  private int where(int node, int at, int cell, Int2IntOpenHashMap done) {
    if (diagram.level(node) >= at) {
      return diagram.level(node) == at ? diagram.child(node, cell) : node;
    }
    if (!done.containsKey(node)) {
      int[] below = new int[diagram.cells(diagram.level(node)).count()];
      for (int i = 0; i < below.length; i++) {
        below[i] = where(diagram.child(node, i), at, cell, done);
      }
      done.put(node, diagram.node(diagram.level(node), below));
    }
    return done.get(node);
  }
}
