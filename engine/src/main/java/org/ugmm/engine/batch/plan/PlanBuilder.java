package org.ugmm.engine.batch.plan;

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
import org.ugmm.engine.batch.plan.Plan.Enter;
import org.ugmm.engine.batch.plan.Plan.Group;
import org.ugmm.engine.batch.plan.Plan.Leave;
import org.ugmm.engine.batch.plan.Plan.Multiply;
import org.ugmm.engine.batch.plan.Plan.Step;
import org.ugmm.engine.batch.plan.Plan.Sums;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.Scopes;

/** Groups the nodes of a circuit into the steps of a {@link Plan}. */
public final class PlanBuilder<A> {

  private final Lanes<A> lanes;

  /** Whether slots are reused; otherwise the plan serves downward passes and tells moments. */
  private final boolean reuse;

  private final FlatCircuit c;
  private final PlanForms forms;
  private final Scopes scopes;

  /** [numNodes] group of a sum or mixture, -1 for other nodes. */
  private final int[] groupOf;

  /** [groups + 1] first member of each group. */
  private int[] groupStart = {0};

  /** [grouped nodes] members of the groups, children first. */
  private int[] groupMember = {};

  private final PlanSlots slots;
  private final GaussianSteps<A> gaussians;

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
    gaussians = new GaussianSteps<>(c, lanes, reuse, slots, log);
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
  public static <A> Plan<A> build(FlatCircuit circuit, int[] roots, boolean reuse, Lanes<A> lanes) {
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

  /** A new block, of registers. */
  private Block block(int width) {
    return new Block(slots.value(Block.size(width, forms.linear)), width);
  }

  /** Says that a node's value is the i-th mantissa of a block. */
  private void setUnit(int n, Block block, int i) {
    mantissa[n] = block.first() + i;
    exponent[n] = forms.linear ? -1 : block.exponents();
    if (forms.needLog[n] && log[n] < 0) {
      log[n] = slots.value(1);
      steps.add(new Leave<>(mantissa[n], exponent[n], log[n]));
    }
  }

  private void emitMultiply(int n) {
    int a = c.child(n, 0);
    int b = c.child(n, 1);
    enter(new int[] {a, b});
    Block to = block(1);
    steps.add(new Multiply<>(mantissa[a], mantissa[b], exponent[a], exponent[b], to));
    setUnit(n, to, 0);
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
      Block to = block(in.length);
      for (int i = 0; i < in.length; i++) {
        in[i] = log[block.getInt(i)];
        setUnit(block.getInt(i), to, i);
      }
      steps.add(new Enter<>(in, to));
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
    Block to = block(members.length);
    steps.add(new Sums<>(built, to));
    for (int j = 0; j < members.length; j++) {
      setUnit(members[j], to, j);
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
        double w = weight.getDouble(i);
        // a subnormal weight is rounded by its own, which the unit of mantissas makes more
        boolean isTiny = w > 0 && w < lanes.minNormal();
        total[i % numUnits] += w + (isTiny ? 64 : 0);
      }
      double factor = b.isEmpty() ? 1 : lanes.mantissaUnit();
      double lossFactor = 4.1 * factor * (Arrays.stream(total).max().orElse(0) + a.size());
      return new Group<>(
          a.toIntArray(),
          b.toIntArray(),
          1,
          new int[0],
          exponentA,
          exponentB,
          lanes.array(weight.toDoubleArray()),
          0,
          lossFactor);
    }
  }

  private void emitMixtures(int[] members) {
    emitPending();
    steps.add(gaussians.mixtures(members));
  }

  // ---- products in the log domain

  private void emitLog(int n) {
    if (c.kind(n).isUnivariate()) {
      steps.add(gaussians.univariate(n));
      return;
    }
    boolean leavesOnly = true;
    for (int factor : gaussians.factors(n)) {
      leavesOnly &= c.kind(factor).isLeaf() && !c.kind(factor).isUnivariate();
    }
    if (leavesOnly) {
      pending.add(n);
    } else {
      emitPending();
      steps.add(gaussians.products(new int[] {n}));
    }
  }

  /** Emits pending products, those on the same variables as one step. */
  private void emitPending() {
    Map<IntArrayList, IntArrayList> byVariables = new LinkedHashMap<>();
    for (int n : pending) {
      IntArrayList key = new IntArrayList();
      for (int leaf : gaussians.leaves(n, true)) {
        key.add(c.variable[leaf]);
      }
      for (int leaf : gaussians.leaves(n, false)) {
        key.add(~c.variable[leaf]);
      }
      byVariables.computeIfAbsent(key, k -> new IntArrayList()).add(n);
    }
    pending.clear();
    byVariables.values().forEach(nodes -> steps.add(gaussians.products(nodes.toIntArray())));
  }

  private int crossScratch(Sums<A> sums) {
    int most = 0;
    for (Group<A> group : sums.groups()) {
      if (group.isCross()) {
        int size =
            lanes.kernels().dense().crossScratch(group.left().length, group.run(), sums.numUnits());
        most = Math.max(most, 2 + sums.numUnits() + size);
      }
    }
    return most;
  }

  private Plan<A> finish(FlatCircuit circuit) {
    emitPending();
    numScratch = Math.max(numScratch, gaussians.numScratch());
    int[] root = Arrays.stream(forms.roots).map(n -> log[n]).toArray();
    List<Step<A>> assigned = slots.assign(steps, root, reuse);
    int scratch = slots.numSlots();
    for (Step<A> step : assigned) {
      if (step instanceof Sums<A> sums) {
        numScratch = Math.max(numScratch, crossScratch(sums));
      }
    }
    if (forms.linear) {
      assigned = LinearUnits.merge(assigned, lanes, one);
    }
    RowCode.Builder<A> builder = new RowCode.Builder<>(lanes, forms.linear);
    builder.add(assigned);
    RowCode<A> row = builder.build();
    return new Plan<>(
        circuit,
        row.share(assigned),
        scratch + numScratch,
        scratch,
        numScratch,
        root,
        row,
        forms.linear);
  }
}
