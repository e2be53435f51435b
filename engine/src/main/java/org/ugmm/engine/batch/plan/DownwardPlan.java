package org.ugmm.engine.batch.plan;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.batch.plan.Plan.Enter;
import org.ugmm.engine.batch.plan.Plan.Group;
import org.ugmm.engine.batch.plan.Plan.LinearSums;
import org.ugmm.engine.batch.plan.Plan.LogProducts;
import org.ugmm.engine.batch.plan.Plan.Mixtures;
import org.ugmm.engine.batch.plan.Plan.Step;
import org.ugmm.engine.batch.plan.Plan.Sums;
import org.ugmm.engine.flat.FlatCircuit;

/**
 * What a downward pass needs beside the steps of an upward plan without reuse of slots. Immutable
 * and shared by the tiles of a circuit.
 */
public final class DownwardPlan {
  public final Plan<double[]> plan;

  /** [steps] what a step of linear sums hands down; null for other steps. */
  public final @Nullable Gather[] gather;

  /**
   * [steps] [groups] [C / run] [M] [run] weights of dense sums, run being C where a group has no
   * runs; null for other steps.
   */
  public final double[] @Nullable [][] transposed;

  /** The most sums of a step. */
  public final int mostUnits;

  /** Number of row vectors of derivatives, moments and children. */
  public final int numSlots;

  /** First of the slots for what reaches the children of a group. */
  public final int childSlot;

  /** First of the slots that dense kernels overwrite freely. */
  public final int scratch;

  /**
   * [slots of the plan] where the derivative by a LOG slot stands: at its mantissa, in place of
   * that by the mantissa, when no other step reads the LOG slot and it gets its derivative from
   * there alone.
   */
  public final int[] flow;

  /** Pairs of slots {@code [from, to)} that are added to and so start from 0. */
  public final int[] cleared;

  /** [numVariables + 1] slot of the first moment of each variable. */
  public final int[] momentSlot;

  /** [numVariables] slots of the leaves on a variable. */
  public final int[][] leafSlots;

  /** [numVariables] [leaves * moments] what they say of it. */
  public final double[][] leafMoments;

  public DownwardPlan(Plan<double[]> plan) {
    this.plan = plan;
    FlatCircuit c = plan.circuit();
    momentSlot = new int[c.numVariables() + 1];
    momentSlot[0] = plan.numSlots();
    for (int x = 0; x < c.numVariables(); x++) {
      momentSlot[x + 1] = momentSlot[x] + LeafMoments.size(c.variables.get(x));
    }
    childSlot = momentSlot[c.numVariables()];
    int numSteps = plan.steps().size();
    transposed = new double[numSteps][][];
    int mostUnits = 0;
    int mostChildren = 0;
    for (int s = 0; s < numSteps; s++) {
      if (plan.steps().get(s) instanceof Sums<double[]> sums) {
        mostUnits = Math.max(mostUnits, sums.numUnits());
        double[][] weights = new double[sums.groups().size()][];
        for (int g = 0; g < weights.length; g++) {
          Group<double[]> group = sums.groups().get(g);
          int run = group.run() > 1 ? group.run() : group.a().length;
          weights[g] = transpose(group, sums.numUnits(), run);
          mostChildren = Math.max(mostChildren, group.a().length);
        }
        transposed[s] = weights;
      }
    }
    this.mostUnits = mostUnits;
    gather = new Gather[numSteps];
    flow = new int[plan.numSlots()];
    Arrays.setAll(flow, slot -> slot);
    boolean[] isRead = new boolean[plan.numSlots()];
    boolean[] isWritten = new boolean[plan.numSlots()];
    Arrays.fill(isWritten, 0, 2 * c.numVariables() + 1, true); // nobody reads derivatives of those
    Arrays.fill(isWritten, plan.scratch(), plan.numSlots(), true);
    isRead[plan.root()[0]] = true;
    int[] numReads = new int[plan.numSlots()];
    for (Step<double[]> step : plan.steps()) {
      step.reads(slot -> numReads[slot]++);
    }
    for (int s = numSteps - 1; s >= 0; s--) {
      if (plan.steps().get(s) instanceof LinearSums<double[]> units) {
        gather[s] = Gather.of(units, 2 * c.numVariables(), isRead, isWritten);
        continue;
      }
      if (plan.steps().get(s) instanceof Enter<double[]> enter) {
        for (int i = 0; i < enter.in().length; i++) {
          int slot = enter.in()[i];
          if (!isRead[slot] && numReads[slot] == 1) {
            flow[slot] = enter.out() + i;
            isWritten[slot] = true;
          }
        }
      }
      plan.steps().get(s).reads(slot -> isRead[slot] = true);
    }
    cleared = runs(isWritten);
    leafSlots = new int[c.numVariables()][];
    leafMoments = new double[c.numVariables()][];
    collectLeaves();
    int widest = mostUnits + mostChildren;
    for (int[] slots : leafSlots) {
      widest = Math.max(widest, slots.length);
    }
    scratch = childSlot + mostChildren;
    numSlots = scratch + widest;
  }

  /** [C] [M] to [C / run] [M] [run]. */
  private static double[] transpose(Group<double[]> group, int numUnits, int run) {
    double[] result = new double[group.a().length * numUnits];
    for (int i = 0; i < result.length; i++) {
      int child = i / numUnits;
      int unit = i % numUnits;
      result[(child / run * numUnits + unit) * run + child % run] =
          group.weight()[group.weightFrom() + i];
    }
    return result;
  }

  /** The runs of slots that are false. */
  private static int[] runs(boolean[] slots) {
    IntArrayList runs = new IntArrayList();
    for (int s = 0; s < slots.length; s++) {
      if (!slots[s] && (s == 0 || slots[s - 1])) {
        runs.add(s);
      }
      if (!slots[s] && (s + 1 == slots.length || slots[s + 1])) {
        runs.add(s + 1);
      }
    }
    return runs.toIntArray();
  }

  private void collectLeaves() {
    List<IntArrayList> slots = new ArrayList<>();
    List<DoubleArrayList> moments = new ArrayList<>();
    for (int x = 0; x < leafSlots.length; x++) {
      slots.add(new IntArrayList());
      moments.add(new DoubleArrayList());
    }
    for (Step<double[]> step : plan.steps()) {
      if (step instanceof Mixtures<double[]> mixtures) {
        for (int j = 0; j < mixtures.moments().size(); j++) {
          add(mixtures.moments().get(j), mixtures.out() + j, slots, moments);
        }
      } else if (step instanceof LogProducts<double[]> product) {
        for (int j = 0; j < product.moments().size(); j++) {
          for (LeafMoments leaf : product.moments().get(j)) {
            add(leaf, product.out() + j, slots, moments);
          }
        }
      }
    }
    for (int x = 0; x < leafSlots.length; x++) {
      leafSlots[x] = slots.get(x).toIntArray();
      leafMoments[x] = moments.get(x).toDoubleArray();
    }
  }

  private void add(
      LeafMoments leaf, int slot, List<IntArrayList> slots, List<DoubleArrayList> moments) {
    slots.get(leaf.variable()).add(flow[slot]);
    for (double moment : leaf.moments()) {
      moments.get(leaf.variable()).add(moment);
    }
  }
}
