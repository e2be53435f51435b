package org.ugmm.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.formula.Formula;
import org.ugmm.engine.formula.Formula.And;
import org.ugmm.engine.formula.Formula.Count;
import org.ugmm.engine.formula.Formula.Implies;
import org.ugmm.engine.formula.Formula.Not;
import org.ugmm.engine.formula.Formula.Or;
import org.ugmm.engine.formula.Formula.Range;
import org.ugmm.engine.formula.Formula.States;
import org.ugmm.engine.formula.Formula.Truth;
import org.ugmm.testdata.PlainEvidence;

/** Seeded random formulas, and the slow and obvious way to their cells and their truth. */
final class RandomFormulas {
  private RandomFormulas() {}

  /** A formula of some conditions on some of the variables. */
  static Formula of(List<Variable> variables, int numConditions, Random random) {
    if (numConditions == 1) {
      return random.nextInt(40) == 0
          ? new Truth(random.nextBoolean())
          : condition(variables.get(random.nextInt(variables.size())), random);
    }
    int kind = random.nextInt(6);
    if (kind == 0) {
      return new Not(of(variables, numConditions, random));
    }
    List<Formula> parts = new ArrayList<>();
    int left = numConditions;
    while (left > 0) {
      int next = 1 + random.nextInt(Math.max(1, left - (parts.isEmpty() ? 1 : 0)));
      next = kind == 1 && parts.size() == 1 ? left : next;
      parts.add(of(variables, next, random));
      left -= next;
    }
    if (kind == 1) {
      return new Implies(parts.get(0), parts.get(1));
    } else if (kind == 2) {
      int least = random.nextInt(parts.size() + 1);
      return new Count(least, least + random.nextInt(parts.size() + 1 - least), parts);
    }
    return kind < 5 ? new And(parts) : new Or(parts);
  }

  private static Formula condition(Variable variable, Random random) {
    if (variable instanceof Categorical categorical) {
      List<String> states = new ArrayList<>();
      for (String state : categorical.states()) {
        if (random.nextBoolean()) {
          states.add(state);
        }
      }
      return new States(variable.name(), states);
    }
    double lo = Math.rint(8 * random.nextGaussian()) / 4; // few numbers, so that some meet
    double hi = lo + random.nextInt(8) / 4.0;
    boolean a = random.nextBoolean();
    return switch (random.nextInt(4)) {
      case 0 -> new Range(variable.name(), Double.NEGATIVE_INFINITY, false, hi, a);
      case 1 -> new Range(variable.name(), lo, a, Double.POSITIVE_INFINITY, false);
      default -> new Range(variable.name(), lo, a, hi, lo == hi || random.nextBoolean());
    };
  }

  /** Whether a formula holds of a row of values and state indices. */
  static boolean holds(Formula formula, List<Variable> variables, double[] row) {
    if (formula instanceof Truth truth) {
      return truth.holds();
    } else if (formula instanceof Range r) {
      double x = row[index(variables, r.variable())];
      return (r.includesLo() ? x >= r.lo() : x > r.lo())
          && (r.includesHi() ? x <= r.hi() : x < r.hi());
    } else if (formula instanceof States states) {
      int v = index(variables, states.variable());
      return states.states().contains(((Categorical) variables.get(v)).states().get((int) row[v]));
    } else if (formula instanceof Not not) {
      return !holds(not.of(), variables, row);
    } else if (formula instanceof And and) {
      return and.of().stream().allMatch(part -> holds(part, variables, row));
    } else if (formula instanceof Or or) {
      return or.of().stream().anyMatch(part -> holds(part, variables, row));
    } else if (formula instanceof Implies implies) {
      return !holds(implies.premise(), variables, row)
          || holds(implies.conclusion(), variables, row);
    }
    Count count = (Count) formula;
    long number = count.of().stream().filter(part -> holds(part, variables, row)).count();
    return number >= count.atLeast() && number <= count.atMost();
  }

  private static int index(List<Variable> variables, String name) {
    for (int v = 0; v < variables.size(); v++) {
      if (variables.get(v).name().equals(name)) {
        return v;
      }
    }
    throw new AssertionError(name);
  }

  private static void cuts(Formula formula, String name, TreeSet<Double> cuts, boolean[] named) {
    if (formula instanceof Range range && range.variable().equals(name)) {
      named[0] = true;
      cuts.add(range.lo());
      cuts.add(range.hi());
    } else if (formula instanceof States states) {
      named[0] |= states.variable().equals(name);
    } else if (formula instanceof Not not) {
      cuts(not.of(), name, cuts, named);
    } else if (formula instanceof And and) {
      and.of().forEach(part -> cuts(part, name, cuts, named));
    } else if (formula instanceof Or or) {
      or.of().forEach(part -> cuts(part, name, cuts, named));
    } else if (formula instanceof Implies implies) {
      cuts(implies.premise(), name, cuts, named);
      cuts(implies.conclusion(), name, cuts, named);
    } else if (formula instanceof Count count) {
      count.of().forEach(part -> cuts(part, name, cuts, named));
    }
  }

  /**
   * Every cell of the named variables within the evidence in which the formula holds: the evidence
   * of the cell. Single values of reals that are not given are left out.
   *
   * @return null where there are more than the limit
   */
  static List<List<PlainEvidence>> cells(
      Formula formula, List<Variable> variables, List<PlainEvidence> given, int limit) {
    List<List<PlainEvidence>> pieces = new ArrayList<>();
    long product = 1;
    for (int v = 0; v < variables.size(); v++) {
      pieces.add(pieces(formula, variables.get(v), given.get(v)));
      product *= pieces.get(v).size();
      if (product > limit) {
        return null;
      }
    }
    List<List<PlainEvidence>> found = new ArrayList<>();
    int[] at = new int[variables.size()];
    double[] row = new double[variables.size()];
    for (long i = 0; i < product; i++) {
      long rest = i;
      List<PlainEvidence> cell = new ArrayList<>();
      for (int v = 0; v < at.length; v++) {
        PlainEvidence piece = pieces.get(v).get((int) (rest % pieces.get(v).size()));
        rest /= pieces.get(v).size();
        cell.add(piece);
        row[v] = inside(piece);
      }
      if (holds(formula, variables, row)) {
        found.add(cell);
      }
    }
    return found;
  }

  private static double inside(PlainEvidence piece) {
    if (piece instanceof PlainEvidence.Point point) {
      return point.value();
    } else if (piece instanceof PlainEvidence.Interval interval) {
      double lo = Math.max(interval.lo(), Math.min(-1e6, interval.hi() - 2));
      double hi = Math.min(interval.hi(), Math.max(1e6, lo + 2));
      return lo / 2 + hi / 2;
    } else if (piece instanceof PlainEvidence.Likelihood likelihood) {
      for (int s = 0; s < likelihood.perState().length; s++) {
        if (likelihood.perState()[s] > 0) {
          return s;
        }
      }
    }
    return 0;
  }

  private static List<PlainEvidence> pieces(
      Formula formula, Variable variable, PlainEvidence given) {
    TreeSet<Double> cuts = new TreeSet<>();
    boolean[] named = new boolean[1];
    cuts(formula, variable.name(), cuts, named);
    if (!named[0] || given instanceof PlainEvidence.Point) {
      return List.of(given);
    }
    List<PlainEvidence> pieces = new ArrayList<>();
    if (variable instanceof Categorical categorical) {
      for (int s = 0; s < categorical.numStates(); s++) {
        double[] only = new double[categorical.numStates()];
        only[s] =
            given instanceof PlainEvidence.Likelihood soft
                ? soft.perState()[s]
                : given instanceof PlainEvidence.States states && !states.allowed()[s] ? 0 : 1;
        if (only[s] > 0) {
          pieces.add(new PlainEvidence.Likelihood(only));
        }
      }
      return pieces;
    }
    double lo = given instanceof PlainEvidence.Interval i ? i.lo() : Double.NEGATIVE_INFINITY;
    double hi = given instanceof PlainEvidence.Interval i ? i.hi() : Double.POSITIVE_INFINITY;
    cuts.add(lo);
    cuts.add(hi);
    double from = lo;
    for (double cut : cuts.subSet(lo, false, hi, true)) {
      pieces.add(new PlainEvidence.Interval(from, cut));
      from = cut;
    }
    return pieces.isEmpty() ? List.of(given) : pieces;
  }
}
