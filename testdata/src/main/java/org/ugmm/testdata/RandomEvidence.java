package org.ugmm.testdata;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Seeded random evidence for a circuit. */
public final class RandomEvidence {

  private RandomEvidence() {}

  /** A point for every variable. */
  public static List<PlainEvidence> complete(PlainCircuit circuit, long seed) {
    return points(circuit, 0, seed);
  }

  /** Points, each variable unobserved with the given probability. */
  public static List<PlainEvidence> points(
      PlainCircuit circuit, double missingProbability, long seed) {
    Random random = new Random(seed);
    List<PlainEvidence> evidence = new ArrayList<>();
    for (PlainVariable variable : circuit.variables()) {
      boolean missing = random.nextDouble() < missingProbability;
      PlainEvidence point = point(variable, random);
      evidence.add(missing ? PlainEvidence.UNOBSERVED : point);
    }
    return List.copyOf(evidence);
  }

  /** Any evidence each kind of variable allows. */
  public static List<PlainEvidence> any(PlainCircuit circuit, long seed) {
    Random random = new Random(seed);
    List<PlainEvidence> evidence = new ArrayList<>();
    for (PlainVariable variable : circuit.variables()) {
      int kind = random.nextInt(4);
      if (kind == 0) {
        evidence.add(PlainEvidence.UNOBSERVED);
      } else if (kind == 1) {
        evidence.add(point(variable, random));
      } else if (variable instanceof PlainVariable.Categorical c) {
        evidence.add(kind == 2 ? states(c, random) : likelihood(c, random));
      } else {
        evidence.add(interval(random));
      }
    }
    return List.copyOf(evidence);
  }

  /** Every pattern of observed and unobserved variables of one complete row: 2^numVariables. */
  public static List<List<PlainEvidence>> everyPattern(PlainCircuit circuit, long seed) {
    List<PlainEvidence> complete = complete(circuit, seed);
    List<List<PlainEvidence>> patterns = new ArrayList<>();
    for (int mask = 0; mask < 1 << complete.size(); mask++) {
      List<PlainEvidence> evidence = new ArrayList<>(complete);
      for (int v = 0; v < complete.size(); v++) {
        if ((mask >> v & 1) != 0) {
          evidence.set(v, PlainEvidence.UNOBSERVED);
        }
      }
      patterns.add(List.copyOf(evidence));
    }
    return patterns;
  }

  private static PlainEvidence point(PlainVariable variable, Random random) {
    if (variable instanceof PlainVariable.Categorical c) {
      return new PlainEvidence.Point(random.nextInt(c.numStates()));
    }
    PlainVariable.Domain domain = ((PlainVariable.Real) variable).domain();
    // Now and then outside the domain: a value of probability zero.
    return new PlainEvidence.Point(
        domain == null || random.nextInt(10) == 0
            ? 2 * random.nextGaussian()
            : domain.lo() + random.nextDouble() * (domain.hi() - domain.lo()));
  }

  private static PlainEvidence interval(Random random) {
    double lo = 2 * random.nextGaussian();
    return switch (random.nextInt(4)) {
      case 0 -> new PlainEvidence.Interval(lo, Double.POSITIVE_INFINITY);
      case 1 -> new PlainEvidence.Interval(Double.NEGATIVE_INFINITY, lo);
      default -> new PlainEvidence.Interval(lo, lo + 3 * random.nextDouble());
    };
  }

  private static PlainEvidence states(PlainVariable.Categorical variable, Random random) {
    boolean[] allowed = new boolean[variable.numStates()];
    for (int k = 0; k < allowed.length; k++) {
      allowed[k] = random.nextBoolean();
    }
    allowed[random.nextInt(allowed.length)] = true;
    return new PlainEvidence.States(allowed);
  }

  private static PlainEvidence likelihood(PlainVariable.Categorical variable, Random random) {
    double[] perState = new double[variable.numStates()];
    for (int k = 0; k < perState.length; k++) {
      perState[k] = random.nextInt(5) == 0 ? 0 : 2 * random.nextDouble();
    }
    perState[random.nextInt(perState.length)] = 0.5;
    return new PlainEvidence.Likelihood(perState);
  }
}
