package org.ugmm.engine;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.Plan.Enter;
import org.ugmm.engine.Plan.Group;
import org.ugmm.engine.Plan.Leave;
import org.ugmm.engine.Plan.LogProduct;
import org.ugmm.engine.Plan.Mixtures;
import org.ugmm.engine.Plan.Multiply;
import org.ugmm.engine.Plan.Step;
import org.ugmm.engine.Plan.Sums;

/** Groups the nodes of a circuit into the steps of a {@link Plan}. */
final class PlanBuilder<A> {
  static final double LOG2E = 1 / Math.log(2);
  private static final double LOG2_SQRT_2PI = GaussianMass.LOG_SQRT_2PI * LOG2E;
  private static final double HALF_LOG2E_ROOT = Math.sqrt(0.5 * LOG2E);

  private final Lanes<A> lanes;

  /** Whether slots are reused; otherwise the plan serves downward passes and tells moments. */
  private final boolean reuse;

  private final Circuit c;
  private final PlanForms forms;
  private final Scopes scopes;

  /** [numNodes] group of a sum or mixture, -1 for other nodes. */
  private final int[] groupOf;

  private final List<IntArrayList> groups = new ArrayList<>();
  private final PlanSlots slots;

  /** Register of a row vector of ones. */
  private final int one;

  /** [numNodes] register of the LOG value, -1 before there is one. */
  private final int[] log;

  /** [numNodes] register of the mantissa, -1 before there is one. */
  private final int[] mantissa;

  /** [numNodes] register of the exponents of the mantissa's block, -1 in a linear plan. */
  private final int[] exponent;

  private final List<Step<A>> steps = new ArrayList<>();
  private int numScratch = 2;

  private PlanBuilder(PlanForms forms, Lanes<A> lanes, boolean reuse) {
    this.reuse = reuse;
    this.lanes = lanes;
    this.c = forms.c;
    this.forms = forms;
    scopes = Scopes.of(c);
    one = 2 * c.numVariables();
    slots = new PlanSlots(one + 1);
    groupOf = filled(c.numNodes());
    log = filled(c.numNodes());
    mantissa = filled(c.numNodes());
    exponent = filled(c.numNodes());
  }

  private static int[] filled(int length) {
    int[] result = new int[length];
    Arrays.fill(result, -1);
    return result;
  }

  /**
   * A plan for the values of some nodes.
   *
   * @param roots the nodes
   * @param reuse whether slots are reused once no later step reads them; a downward pass needs all
   */
  static <A> Plan<A> build(Circuit circuit, int[] roots, boolean reuse, Lanes<A> lanes) {
    PlanBuilder<A> builder =
        new PlanBuilder<>(PlanForms.of(circuit, roots, lanes.linearRange()), lanes, reuse);
    builder.group();
    builder.emit();
    return builder.finish(circuit);
  }

  // ---- sums over the same children, mixtures over the same inputs

  private void group() {
    Long2ObjectLinkedOpenHashMap<IntArrayList> byHash = new Long2ObjectLinkedOpenHashMap<>();
    for (int n : forms.order) {
      if (!isGrouped(n)) {
        continue;
      }
      long hash = forms.form[n];
      for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
        hash = (hash + input(n, c.child[e])) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
      }
      IntArrayList candidates = byHash.computeIfAbsent(hash, key -> new IntArrayList());
      for (int i = 0; i < candidates.size() && groupOf[n] < 0; i++) {
        int group = candidates.getInt(i);
        if (sameInputs(n, groups.get(group).getInt(0))) {
          groupOf[n] = group;
          groups.get(group).add(n);
        }
      }
      if (groupOf[n] < 0) {
        groupOf[n] = groups.size();
        candidates.add(groups.size());
        groups.add(IntArrayList.of(n));
      }
    }
  }

  private boolean isGrouped(int n) {
    return forms.form[n] == PlanForms.SUM || forms.form[n] == PlanForms.MIXTURE;
  }

  /** What a sum reads through a child: for a mixture the variable or the node below the link. */
  private int input(int sum, int child) {
    if (forms.form[sum] == PlanForms.SUM) {
      return child;
    }
    return c.kind(child) == NodeKind.GAUSSIAN ? ~c.variable[child] : c.child(child, 0);
  }

  private boolean sameInputs(int sum, int other) {
    int numChildren = c.numChildren(sum);
    if (forms.form[sum] != forms.form[other] || numChildren != c.numChildren(other)) {
      return false;
    }
    for (int i = 0; i < numChildren; i++) {
      if (input(sum, c.child(sum, i)) != input(other, c.child(other, i))) {
        return false;
      }
    }
    return true;
  }

  // ---- steps

  private void emit() {
    if (forms.linear) {
      emitLeaves();
    }
    boolean[] done = new boolean[groups.size()];
    for (int n : forms.order) {
      switch (forms.form[n]) {
        case PlanForms.LOG -> {
          if (forms.needLog[n] && log[n] < 0) {
            emitLogProduct(n);
          }
        }
        case PlanForms.PAIR -> {
          if (forms.needUnit[n]) {
            emitMultiply(n);
          }
        }
        default -> {
          if (!done[groupOf[n]]) {
            done[groupOf[n]] = true;
            int[] members = groups.get(groupOf[n]).toIntArray();
            if (forms.form[n] == PlanForms.SUM) {
              emitSums(members);
            } else {
              emitMixtures(members);
            }
          }
        }
      }
    }
  }

  /** Puts all leaves first, so that the sums and products stand together. */
  private void emitLeaves() {
    IntArrayList leaves = new IntArrayList();
    for (int n : forms.order) {
      if (forms.form[n] == PlanForms.LOG && forms.needLog[n]) {
        emitLogProduct(n);
        leaves.add(n);
      }
    }
    enter(leaves.toIntArray());
  }

  private int blockWidth(int numMantissas) {
    return forms.linear ? numMantissas : numMantissas + 2;
  }

  private void setUnit(int n, int register, int exponentRegister) {
    mantissa[n] = register;
    exponent[n] = forms.linear ? -1 : exponentRegister;
    if (forms.needLog[n] && log[n] < 0) {
      log[n] = slots.value(1);
      steps.add(new Leave<>(register, exponent[n], log[n]));
    }
  }

  private void emitMultiply(int n) {
    int a = c.child(n, 0);
    int b = c.child(n, 1);
    enter(new int[] {a, b});
    int out = slots.value(blockWidth(1));
    steps.add(new Multiply<>(mantissa[a], mantissa[b], exponent[a], exponent[b], out));
    setUnit(n, out, out + 1);
  }

  /** Gives the LOG nodes among these a mantissa; nodes of one scope share a block. */
  private void enter(int[] nodes) {
    Long2ObjectLinkedOpenHashMap<IntArrayList> blocks = new Long2ObjectLinkedOpenHashMap<>();
    IntOpenHashSet seen = new IntOpenHashSet();
    for (int n : nodes) {
      if (mantissa[n] < 0 && seen.add(n)) {
        long key = forms.linear ? 0 : scopes.id(n);
        blocks.computeIfAbsent(key, k -> new IntArrayList()).add(n);
      }
    }
    for (IntArrayList block : blocks.values()) {
      int[] in = new int[block.size()];
      int out = slots.value(blockWidth(in.length));
      for (int i = 0; i < in.length; i++) {
        in[i] = log[block.getInt(i)];
        setUnit(block.getInt(i), out + i, out + in.length);
      }
      steps.add(new Enter<>(in, out));
    }
  }

  private boolean isReadAsPair(int child) {
    return forms.form[child] == PlanForms.PAIR && !forms.needUnit[child];
  }

  private void emitSums(int[] members) {
    int first = members[0];
    int numChildren = c.numChildren(first);
    IntArrayList units = new IntArrayList();
    for (int i = 0; i < numChildren; i++) {
      int child = c.child(first, i);
      if (isReadAsPair(child)) {
        units.add(c.child(child, 0));
        units.add(c.child(child, 1));
      } else {
        units.add(child);
      }
    }
    enter(units.toIntArray());
    boolean anyPair = units.size() > numChildren;
    Long2ObjectLinkedOpenHashMap<GroupBuilder> parts = new Long2ObjectLinkedOpenHashMap<>();
    for (int i = 0; i < numChildren; i++) {
      int child = c.child(first, i);
      boolean pair = isReadAsPair(child);
      int a = pair ? c.child(child, 0) : child;
      int b = pair ? c.child(child, 1) : -1;
      boolean asPair = pair || (forms.linear && anyPair);
      long key = (long) exponent[a] << 32 | (pair ? exponent[b] + 1 : asPair ? 0 : 0x7fffffff);
      GroupBuilder part =
          parts.computeIfAbsent(key, k -> new GroupBuilder(exponent[a], pair ? exponent[b] : -1));
      boolean used = false;
      for (int member : members) {
        used |= c.parameter(member, i) > 0;
      }
      if (used) {
        part.a.add(mantissa[a]);
        if (asPair) {
          part.b.add(pair ? mantissa[b] : one);
        }
        for (int member : members) {
          part.weight.add(c.parameter(member, i));
        }
      }
    }
    List<Group<A>> built =
        parts.values().stream()
            .filter(part -> !part.a.isEmpty())
            .map(part -> part.build(lanes))
            .toList();
    if (built.size() > 1 || !reuse) {
      numScratch = Math.max(numScratch, 2 + members.length);
    }
    int out = slots.value(blockWidth(members.length));
    steps.add(new Sums<>(members.length, built, out));
    for (int j = 0; j < members.length; j++) {
      setUnit(members[j], out + j, out + members.length);
    }
  }

  private static final class GroupBuilder {
    final int exponentA;
    final int exponentB;
    final IntArrayList a = new IntArrayList();
    final IntArrayList b = new IntArrayList();
    final DoubleArrayList weight = new DoubleArrayList();

    GroupBuilder(int exponentA, int exponentB) {
      this.exponentA = exponentA;
      this.exponentB = exponentB;
    }

    <A> Group<A> build(Lanes<A> lanes) {
      int numUnits = weight.size() / a.size();
      double[] total = new double[numUnits];
      for (int i = 0; i < weight.size(); i++) {
        total[i % numUnits] += weight.getDouble(i);
      }
      double lossFactor = 4.1 * (Arrays.stream(total).max().orElse(0) + a.size());
      return new Group<>(
          a.toIntArray(),
          b.toIntArray(),
          exponentA,
          exponentB,
          lanes.array(weight.toDoubleArray()),
          lossFactor);
    }
  }

  private void emitMixtures(int[] members) {
    int first = members[0];
    int n = c.numChildren(first);
    int m = members.length;
    int[] z = new int[n];
    boolean oneVariable = true;
    for (int k = 0; k < n; k++) {
      int child = c.child(first, k);
      z[k] = readBy(child);
      oneVariable &= c.variable[child] >= 0 && z[k] == z[0];
    }
    double[] coefficients = new double[3 * m * n];
    double[] shift = new double[m];
    double[] missing = new double[m];
    for (int j = 0; j < m; j++) {
      int from = 3 * n * j;
      shift[j] = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < n; k++) {
        int child = c.child(members[j], k);
        double weight = c.parameter(members[j], k);
        coefficients[from + k] = slope(child);
        coefficients[from + n + k] = mean(child);
        coefficients[from + 2 * n + k] = Math.log(weight) * LOG2E + peak(child);
        shift[j] = Math.max(shift[j], coefficients[from + 2 * n + k]);
        if (oneVariable) {
          missing[j] += weight * Math.exp(LeafTables.missing(c, child) / LOG2E);
        }
      }
      shift[j] = shift[j] == Double.NEGATIVE_INFINITY ? 0 : shift[j];
      for (int k = 0; k < n; k++) {
        coefficients[from + 2 * n + k] -= shift[j];
      }
      missing[j] = Math.log(missing[j]) * LOG2E;
    }
    int out = slots.value(m);
    int observed = oneVariable ? z[0] + c.numVariables() : -1;
    List<LeafMoments> leaves = new ArrayList<>();
    for (int j = 0; j < m && oneVariable && !reuse; j++) {
      leaves.add(LeafMoments.ofMixture(c, members[j]));
    }
    steps.add(new Mixtures<>(z, lanes.array(coefficients), shift, observed, missing, leaves, out));
    for (int j = 0; j < m; j++) {
      log[members[j]] = out + j;
    }
  }

  /** The register that a Gaussian or a link reads. */
  private int readBy(int gaussian) {
    return c.kind(gaussian) == NodeKind.GAUSSIAN ? c.variable[gaussian] : log[c.child(gaussian, 0)];
  }

  /** The mean in the unit of what is read: logs of nodes are log2. */
  private double mean(int gaussian) {
    double mean = c.parameter(gaussian, 0);
    return c.kind(gaussian) == NodeKind.GAUSSIAN ? mean : mean * LOG2E;
  }

  private double slope(int gaussian) {
    double scale = c.parameter(gaussian, 1);
    return HALF_LOG2E_ROOT / (c.kind(gaussian) == NodeKind.GAUSSIAN ? scale : scale * LOG2E);
  }

  /** log2 of the density at the mean. */
  private double peak(int gaussian) {
    return -Math.log(c.parameter(gaussian, 1)) * LOG2E - LOG2_SQRT_2PI;
  }

  private void emitLogProduct(int n) {
    int[] factors = {n};
    if (c.kind(n) == NodeKind.PRODUCT) {
      factors = Arrays.copyOfRange(c.child, c.edgeStart[n], c.edgeStart[n + 1]);
    }
    IntArrayList leaves = new IntArrayList();
    IntArrayList links = new IntArrayList();
    IntArrayList tableVariable = new IntArrayList();
    List<double[]> table = new ArrayList<>();
    IntArrayList addend = new IntArrayList();
    List<LeafMoments> moments = new ArrayList<>();
    double constant = 0;
    for (int factor : factors) {
      if (c.variable[factor] >= 0 && !reuse) {
        moments.add(LeafMoments.of(c, factor));
      }
      switch (c.kind(factor)) {
        case GAUSSIAN -> leaves.add(factor);
        case GAUSSIAN_LINK -> links.add(factor);
        case CATEGORICAL, BASE -> {
          tableVariable.add(c.variable[factor]);
          table.add(LeafTables.of(c, factor));
        }
        case CONSTANT -> constant += c.parameter(factor, 0) * LOG2E;
        default -> addend.add(log[factor]);
      }
    }
    double[] coefficients = new double[3 * (leaves.size() + links.size())];
    double peak = 0;
    for (int i = 0; i < leaves.size(); i++) {
      double missing = LeafTables.missing(c, leaves.getInt(i));
      peak += gaussian(coefficients, 0, leaves.size(), i, leaves.getInt(i), missing);
      constant += missing;
    }
    for (int i = 0; i < links.size(); i++) {
      constant += gaussian(coefficients, 3 * leaves.size(), links.size(), i, links.getInt(i), 0);
    }
    IntArrayList z = new IntArrayList();
    leaves.forEach(leaf -> z.add(readBy(leaf)));
    links.forEach(link -> z.add(readBy(link)));
    log[n] = slots.value(1);
    steps.add(
        new LogProduct<>(
            z.toIntArray(),
            leaves.size(),
            lanes.array(coefficients),
            peak,
            tableVariable.toIntArray(),
            table.toArray(double[][]::new),
            addend.toIntArray(),
            constant,
            moments,
            log[n]));
  }

  /** Writes the coefficients of one Gaussian and returns its c. */
  private double gaussian(
      double[] coefficients, int from, int size, int i, int gaussian, double missing) {
    coefficients[from + i] = slope(gaussian);
    coefficients[from + size + i] = mean(gaussian);
    coefficients[from + 2 * size + i] = peak(gaussian) - missing;
    return peak(gaussian) - missing;
  }

  private Plan<A> finish(Circuit circuit) {
    int[] root = Arrays.stream(forms.roots).map(n -> log[n]).toArray();
    List<Step<A>> assigned = slots.assign(steps, root, reuse);
    int scratch = slots.numSlots();
    if (forms.linear) {
      assigned = LinearUnits.merge(assigned, lanes, one);
    }
    return new Plan<>(
        circuit, assigned, scratch + numScratch, scratch, numScratch, root, forms.linear);
  }
}
