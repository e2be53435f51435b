package org.ugmm.engine;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Plan.Enter;
import org.ugmm.engine.Plan.Gaussians;
import org.ugmm.engine.Plan.Group;
import org.ugmm.engine.Plan.Leave;
import org.ugmm.engine.Plan.LogProducts;
import org.ugmm.engine.Plan.Mixtures;
import org.ugmm.engine.Plan.Multiply;
import org.ugmm.engine.Plan.Step;
import org.ugmm.engine.Plan.Sums;
import org.ugmm.engine.kernel.GaussianBlock;

/** Groups the nodes of a circuit into the steps of a {@link Plan}. */
final class PlanBuilder<A> {
  static final double LOG2E = 1 / Math.log(2);
  private static final double LOG2_SQRT_2PI = GaussianMass.LOG_SQRT_2PI * LOG2E;

  private final Lanes<A> lanes;

  /** Whether slots are reused; otherwise the plan serves downward passes and tells moments. */
  private final boolean reuse;

  private final Circuit c;
  private final PlanForms forms;
  private final Scopes scopes;

  /** [numNodes] group of a sum or mixture, -1 for other nodes. */
  private final int[] groupOf;

  /** [groups + 1] first member of each group. */
  private int[] groupStart = {0};

  /** [grouped nodes] members of the groups, children first. */
  private int[] groupMember = {};

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

  /** Products of leaves that no step computes yet; {@link #emitPending} groups them. */
  private final IntArrayList pending = new IntArrayList();

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
    Long2IntOpenHashMap byHash = new Long2IntOpenHashMap();
    byHash.defaultReturnValue(-1);
    IntArrayList first = new IntArrayList();
    // the next group whose inputs have the same hash, -1 for none
    IntArrayList next = new IntArrayList();
    for (int n : forms.order) {
      if (!isGrouped(n)) {
        continue;
      }
      long hash = forms.form[n];
      for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
        hash = (hash + input(n, c.child[e])) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
      }
      int newest = byHash.get(hash);
      int group = newest;
      while (group >= 0 && !sameInputs(n, first.getInt(group))) {
        group = next.getInt(group);
      }
      if (group < 0) {
        group = first.size();
        first.add(n);
        next.add(newest);
        byHash.put(hash, group);
      }
      groupOf[n] = group;
    }
    groupStart = new int[first.size() + 1];
    for (int n : forms.order) {
      if (groupOf[n] >= 0) {
        groupStart[groupOf[n] + 1]++;
      }
    }
    for (int g = 0; g < first.size(); g++) {
      groupStart[g + 1] += groupStart[g];
    }
    int[] end = groupStart.clone();
    groupMember = new int[groupStart[first.size()]];
    for (int n : forms.order) {
      if (groupOf[n] >= 0) {
        groupMember[end[groupOf[n]]++] = n;
      }
    }
  }

  private boolean isGrouped(int n) {
    return forms.form[n] == PlanForms.SUM || forms.form[n] == PlanForms.MIXTURE;
  }

  /** What a sum reads through a child: for a mixture a variable or the node below a link. */
  private int input(int sum, int child) {
    if (forms.form[sum] == PlanForms.SUM) {
      return child;
    }
    return switch (c.kind(child)) {
      case GAUSSIAN -> ~c.variable[child];
      case GAUSSIAN_LINK -> c.child(child, 0);
      case CATEGORICAL -> Integer.MIN_VALUE + c.variable[child];
      default -> Integer.MAX_VALUE; // a constant
    };
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
    boolean[] done = new boolean[groupStart.length - 1];
    for (int n : forms.order) {
      switch (forms.form[n]) {
        case PlanForms.LOG -> {
          if (forms.needLog[n]) {
            emitLog(n);
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
            int[] members =
                Arrays.copyOfRange(groupMember, groupStart[groupOf[n]], groupStart[groupOf[n] + 1]);
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
        emitLog(n);
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
    boolean haveAll = true;
    for (int n : nodes) {
      haveAll &= mantissa[n] >= 0;
    }
    if (haveAll) {
      return;
    }
    emitPending();
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
    numScratch = Math.max(numScratch, 2 + members.length + numChildren);
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
          1,
          exponentA,
          exponentB,
          lanes.array(weight.toDoubleArray()),
          lossFactor);
    }
  }

  private void emitMixtures(int[] members) {
    emitPending();
    int first = members[0];
    int m = members.length;
    IntArrayList gaussians = new IntArrayList();
    IntArrayList tables = new IntArrayList();
    IntArrayList constants = new IntArrayList();
    for (int i = 0; i < c.numChildren(first); i++) {
      switch (c.kind(c.child(first, i))) {
        case CATEGORICAL -> tables.add(i);
        case CONSTANT -> constants.add(i);
        default -> gaussians.add(i);
      }
    }
    int n = gaussians.size();
    int[] z = new int[n];
    boolean oneVariable = n == c.numChildren(first);
    for (int k = 0; k < n; k++) {
      int child = c.child(first, gaussians.getInt(k));
      z[k] = readBy(child);
      oneVariable &= c.variable[child] >= 0 && z[k] == z[0];
    }
    GaussianBlock block = GaussianBlock.of(m, n, lanes.kernels().lanes());
    boolean fused = lanes.kernels().gaussian().isFused();
    double[] coefficients = new double[block.size()];
    for (int j = m; j < block.numSlots(); j++) {
      for (int k = 0; k < n; k++) {
        coefficients[block.at(j, k)] = Float.MIN_NORMAL; // a sum near n, which can be trusted
      }
    }
    double[] shift = new double[block.numSlots()];
    double[] missing = new double[m];
    double[][][] table = new double[m][tables.size()][];
    double[] addend = new double[constants.isEmpty() ? 0 : m];
    for (int j = 0; j < m; j++) {
      int sum = members[j];
      shift[j] = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < n; k++) {
        int i = gaussians.getInt(k);
        double height = Math.log(c.parameter(sum, i)) * LOG2E + peak(c.child(sum, i));
        shift[j] = Math.max(shift[j], height);
      }
      shift[j] = shift[j] == Double.NEGATIVE_INFINITY ? 0 : shift[j];
      for (int k = 0; k < n; k++) {
        int i = gaussians.getInt(k);
        int child = c.child(sum, i);
        double weight = c.parameter(sum, i);
        double height = Math.log(weight) * LOG2E + peak(child) - shift[j];
        put(coefficients, block, j, k, child, 1, -height);
        if (fused) {
          fuse(coefficients, block.at(j, k), block.stride());
        }
        if (oneVariable) {
          missing[j] += weight * Math.exp(LeafTables.missing(c, child) / LOG2E);
        }
      }
      missing[j] = Math.log(missing[j]) * LOG2E;
      for (int t = 0; t < tables.size(); t++) {
        int i = tables.getInt(t);
        table[j][t] = LeafTables.of(c, c.child(sum, i));
        for (int s = 0; s < table[j][t].length; s++) {
          table[j][t][s] = over(c.parameter(sum, i), table[j][t][s] - shift[j]);
        }
      }
      for (int i : constants) {
        double log2 = c.parameter(c.child(sum, i), 0) * LOG2E;
        addend[j] += over(c.parameter(sum, i), log2 - shift[j]);
      }
    }
    numScratch = Math.max(numScratch, n);
    int out = slots.value(block.numSlots());
    List<LeafMoments> moments = new ArrayList<>();
    for (int j = 0; j < m && oneVariable && !reuse; j++) {
      moments.add(LeafMoments.ofMixture(c, members[j]));
    }
    steps.add(
        new Mixtures<>(
            new Gaussians<>(z, block, lanes.array(coefficients), fused),
            m,
            lanes.array(shift),
            tables.intStream().map(i -> c.variable[c.child(first, i)]).toArray(),
            table,
            addend,
            oneVariable ? z[0] + c.numVariables() : -1,
            missing,
            moments,
            out));
    for (int j = 0; j < m; j++) {
      log[members[j]] = out + j;
    }
  }

  /** The weighted value of a leaf that a mixture adds to its shifted sum. */
  private static double over(double weight, double log2) {
    return weight == 0 || log2 == Double.NEGATIVE_INFINITY
        ? 0
        : Math.exp((Math.log(weight) * LOG2E + log2) / LOG2E);
  }

  /** The register that a Gaussian or a link reads. */
  private int readBy(int gaussian) {
    return c.kind(gaussian) == NodeKind.GAUSSIAN ? c.variable[gaussian] : log[c.child(gaussian, 0)];
  }

  /** Writes the coefficients of a Gaussian: sign times the square of its slope, its mean, and c. */
  private void put(
      double[] coefficients,
      GaussianBlock block,
      int unit,
      int input,
      int gaussian,
      int sign,
      double height) {
    // logs of nodes are log2
    double toUnit = c.kind(gaussian) == NodeKind.GAUSSIAN ? 1 : LOG2E;
    double scale = c.parameter(gaussian, 1) * toUnit;
    int at = block.at(unit, input);
    coefficients[at] = sign * (0.5 * LOG2E) / scale / scale;
    coefficients[at + block.stride()] = c.parameter(gaussian, 0) * toUnit;
    coefficients[at + 2 * block.stride()] = height;
  }

  /** From the square of a slope and the mean to the slope and minus the mean times it. */
  private static void fuse(double[] coefficients, int at, int stride) {
    coefficients[at] = Math.sqrt(coefficients[at]);
    coefficients[at + stride] *= -coefficients[at];
  }

  /** log2 of the density at the mean. */
  private double peak(int gaussian) {
    return -Math.log(c.parameter(gaussian, 1)) * LOG2E - LOG2_SQRT_2PI;
  }

  // ---- products in the log domain

  private int[] factors(int n) {
    return c.kind(n) == NodeKind.PRODUCT
        ? Arrays.copyOfRange(c.child, c.edgeStart[n], c.edgeStart[n + 1])
        : new int[] {n};
  }

  private void emitLog(int n) {
    boolean leavesOnly = true;
    for (int factor : factors(n)) {
      leavesOnly &= c.kind(factor).isLeaf();
    }
    if (leavesOnly) {
      pending.add(n);
    } else {
      emitPending();
      emitLogProducts(new int[] {n});
    }
  }

  /** Emits pending products, those on the same variables as one step. */
  private void emitPending() {
    Map<IntArrayList, IntArrayList> byVariables = new LinkedHashMap<>();
    for (int n : pending) {
      IntArrayList key = new IntArrayList();
      for (int leaf : leaves(n, true)) {
        key.add(c.variable[leaf]);
      }
      for (int leaf : leaves(n, false)) {
        key.add(~c.variable[leaf]);
      }
      byVariables.computeIfAbsent(key, k -> new IntArrayList()).add(n);
    }
    pending.clear();
    byVariables.values().forEach(nodes -> emitLogProducts(nodes.toIntArray()));
  }

  /** The leaves of a product by variable: Gaussians, or the others on a variable. */
  private int[] leaves(int n, boolean isGaussian) {
    return Arrays.stream(factors(n))
        .filter(f -> c.variable[f] >= 0 && (c.kind(f) == NodeKind.GAUSSIAN) == isGaussian)
        .boxed()
        .sorted((f, g) -> Integer.compare(c.variable[f], c.variable[g]))
        .mapToInt(f -> f)
        .toArray();
  }

  /** Products of leaves on the same variables, or one product of anything. */
  private void emitLogProducts(int[] nodes) {
    int m = nodes.length;
    int[] firstLeaves = leaves(nodes[0], true);
    int n = firstLeaves.length;
    GaussianBlock block = GaussianBlock.of(m, n, n == 0 ? 1 : lanes.kernels().lanes());
    double[] coefficients = new double[block.size()];
    double[] constant = new double[block.numSlots()];
    double[] complete = new double[block.numSlots()];
    double[][][] table = new double[m][][];
    List<List<LeafMoments>> moments = new ArrayList<>();
    for (int j = 0; j < m; j++) {
      int[] gaussians = leaves(nodes[j], true);
      for (int k = 0; k < n; k++) {
        double missing = LeafTables.missing(c, gaussians[k]);
        double height = peak(gaussians[k]) - missing;
        put(coefficients, block, j, k, gaussians[k], -1, height);
        constant[j] += missing;
        complete[j] += height;
      }
      for (int factor : factors(nodes[j])) {
        if (c.kind(factor) == NodeKind.CONSTANT) {
          constant[j] += c.parameter(factor, 0) * LOG2E;
        }
      }
      table[j] =
          Arrays.stream(leaves(nodes[j], false))
              .mapToObj(leaf -> LeafTables.of(c, leaf))
              .toArray(double[][]::new);
      if (!reuse) {
        moments.add(
            Arrays.stream(factors(nodes[j]))
                .filter(factor -> c.variable[factor] >= 0)
                .mapToObj(leaf -> LeafMoments.of(c, leaf))
                .toList());
      }
    }
    Gaussians<A> links = m == 1 ? links(nodes[0], constant) : null;
    IntArrayList addend = new IntArrayList();
    for (int factor : factors(nodes[0])) {
      if (!c.kind(factor).isLeaf() && c.kind(factor) != NodeKind.GAUSSIAN_LINK) {
        addend.add(log[factor]);
      }
    }
    for (int j = 0; j < m; j++) {
      complete[j] += constant[j];
    }
    numScratch = Math.max(numScratch, 2 * n);
    int out = slots.value(block.numSlots());
    steps.add(
        new LogProducts<>(
            new Gaussians<>(
                Arrays.stream(firstLeaves).map(this::readBy).toArray(),
                block,
                lanes.array(coefficients),
                false),
            m,
            lanes.array(constant),
            lanes.array(complete),
            Arrays.stream(leaves(nodes[0], false)).map(leaf -> c.variable[leaf]).toArray(),
            table,
            links,
            addend.toIntArray(),
            moments,
            out));
    for (int j = 0; j < m; j++) {
      log[nodes[j]] = out + j;
    }
  }

  /** The links of a product, null without one; their heights are added to the constant. */
  private @Nullable Gaussians<A> links(int product, double[] constant) {
    int[] links =
        Arrays.stream(factors(product)).filter(f -> c.kind(f) == NodeKind.GAUSSIAN_LINK).toArray();
    if (links.length == 0) {
      return null;
    }
    GaussianBlock block = GaussianBlock.of(1, links.length, 1);
    double[] coefficients = new double[block.size()];
    for (int k = 0; k < links.length; k++) {
      put(coefficients, block, 0, k, links[k], -1, peak(links[k]));
      constant[0] += peak(links[k]);
    }
    numScratch = Math.max(numScratch, 1 + links.length);
    int[] z = Arrays.stream(links).map(this::readBy).toArray();
    return new Gaussians<>(z, block, lanes.array(coefficients), false);
  }

  private Plan<A> finish(Circuit circuit) {
    emitPending();
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
