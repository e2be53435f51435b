package org.ugmm.testdata;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;

/**
 * Marginals by adaptive Gauss-Kronrod quadrature of the density at complete assignments, which uses
 * no rule for missing variables and so checks that rule; it also integrates through links. For one
 * or two open real variables.
 */
public final class Quadrature {

  private static final int MOST_PIECES = 4000;
  private static final double TOLERANCE = 1e-11;
  // Abscissae and weights of the 15-point Kronrod rule on [-1, 1]; the odd entries and the last
  // belong to the 7-point Gauss rule as well (QUADPACK's tables).
  private static final double[] X = {
    0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
    0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
    0.586087235467691130294144691258580, 0.405845151377397166906606412076961,
    0.207784955007898467600689403773245, 0.0
  };
  private static final double[] KRONROD = {
    0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
    0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
    0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
    0.204432940075298892414161999234649, 0.209482141084727828012999174891714
  };
  private static final double[] GAUSS = {
    0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
    0.381830050505118944950369775488975, 0.417959183673469387755102040816327
  };

  private Quadrature() {}

  /** The mean and the variance of one variable under its posterior. */
  public record Moments(double mean, double variance) {}

  /**
   * A piece of the range.
   *
   * @param x [15] abscissae
   * @param logTerm [15] log of Kronrod weight times half length times integrand
   * @param gaussShare [15] Gauss weight over Kronrod weight; 0 off the Gauss abscissae
   */
  private record Piece(double lo, double hi, double[] x, double[] logTerm, double[] gaussShare) {
    double integral(double logUnit) {
      double sum = 0;
      for (double term : logTerm) {
        sum += Math.exp(term - logUnit);
      }
      return sum;
    }

    double error(double logUnit) {
      double difference = 0;
      for (int i = 0; i < logTerm.length; i++) {
        difference += Math.exp(logTerm[i] - logUnit) * (1 - gaussShare[i]);
      }
      return Math.abs(difference);
    }
  }

  /**
   * The log of f integrated over the open variables: categorical ones by enumeration, at most two
   * real ones by quadrature; relative accuracy about 1e-11. In a circuit that is not smooth, f is
   * taken as it stands, without the prior of any variable.
   *
   * @throws IllegalArgumentException if more than two real variables are open, or if the integrand
   *     does not fall off where a variable is unbounded
   */
  public static double logMarginal(PlainCircuit circuit, List<PlainEvidence> evidence) {
    List<Integer> open = new ArrayList<>();
    for (int v = 0; v < evidence.size(); v++) {
      if (Support.of(circuit.variables().get(v), evidence.get(v)) instanceof Support.Range) {
        open.add(v);
      }
    }
    if (open.size() > 2) {
      throw new IllegalArgumentException(open.size() + " real variables are open, at most two");
    }
    return logMarginal(circuit, evidence, open);
  }

  private static double logMarginal(
      PlainCircuit circuit, List<PlainEvidence> evidence, List<Integer> open) {
    if (open.isEmpty()) {
      return Oracle.marginalByEnumeration(circuit, evidence);
    }
    int var = open.get(0);
    List<Integer> rest = open.subList(1, open.size());
    return logIntegral(
        pieces(
            circuit,
            evidence,
            var,
            x ->
                logMarginal(
                    circuit, PlainEvidence.with(evidence, var, new PlainEvidence.Point(x)), rest)));
  }

  /**
   * The mean and variance of a real variable given the evidence on all variables, by quadrature of
   * its posterior density; the other variables are left to {@link Oracle#logValue}.
   */
  public static Moments posteriorMoments(
      PlainCircuit circuit, List<PlainEvidence> evidence, int var) {
    List<Piece> pieces =
        pieces(
            circuit,
            evidence,
            var,
            x ->
                Oracle.logValue(
                    circuit, PlainEvidence.with(evidence, var, new PlainEvidence.Point(x))));
    double logTotal = logIntegral(pieces);
    double mean = 0;
    for (Piece piece : pieces) {
      for (int i = 0; i < piece.x().length; i++) {
        mean += piece.x()[i] * Math.exp(piece.logTerm()[i] - logTotal);
      }
    }
    double variance = 0;
    for (Piece piece : pieces) {
      for (int i = 0; i < piece.x().length; i++) {
        double deviation = piece.x()[i] - mean;
        variance += deviation * deviation * Math.exp(piece.logTerm()[i] - logTotal);
      }
    }
    return new Moments(mean, variance);
  }

  private static double logIntegral(List<Piece> pieces) {
    return Oracle.logSumExp(
        pieces.stream().flatMapToDouble(p -> Arrays.stream(p.logTerm())).toArray());
  }

  private static List<Piece> pieces(
      PlainCircuit circuit, List<PlainEvidence> evidence, int var, DoubleUnaryOperator logF) {
    Support support = Support.of(circuit.variables().get(var), evidence.get(var));
    if (!(support instanceof Support.Range range)) {
      throw new IllegalArgumentException(circuit.variables().get(var) + " is not an open real");
    }
    List<Double> breaks = breaks(circuit, var, range, logF);
    List<Piece> first = new ArrayList<>();
    double logUnit = Double.NEGATIVE_INFINITY;
    for (int i = 0; i + 1 < breaks.size(); i++) {
      Piece piece = piece(breaks.get(i), breaks.get(i + 1), logF);
      logUnit = Math.max(logUnit, Oracle.logSumExp(piece.logTerm()));
      first.add(piece);
    }
    return logUnit == Double.NEGATIVE_INFINITY ? first : refine(first, logUnit, logF);
  }

  private static List<Piece> refine(List<Piece> first, double logUnit, DoubleUnaryOperator logF) {
    PriorityQueue<Piece> queue =
        new PriorityQueue<>(Comparator.comparingDouble((Piece p) -> -p.error(logUnit)));
    queue.addAll(first);
    double total = 0;
    double error = 0;
    for (Piece piece : first) {
      total += piece.integral(logUnit);
      error += piece.error(logUnit);
    }
    while (error > TOLERANCE * total && queue.size() < MOST_PIECES) {
      Piece worst = queue.remove();
      double middle = worst.lo() + (worst.hi() - worst.lo()) / 2;
      if (middle <= worst.lo() || middle >= worst.hi()) {
        queue.add(worst);
        break;
      }
      for (Piece half : List.of(piece(worst.lo(), middle, logF), piece(middle, worst.hi(), logF))) {
        queue.add(half);
        total += half.integral(logUnit);
        error += half.error(logUnit);
      }
      total -= worst.integral(logUnit);
      error -= worst.error(logUnit);
    }
    return new ArrayList<>(queue);
  }

  private static Piece piece(double lo, double hi, DoubleUnaryOperator logF) {
    double half = (hi - lo) / 2;
    double centre = lo + half;
    double[] x = new double[15];
    double[] logTerm = new double[15];
    double[] gaussShare = new double[15];
    for (int i = 0; i < 15; i++) {
      int j = Math.min(i, 14 - i);
      x[i] = centre + (i < 7 ? -half : half) * X[j];
      logTerm[i] = logF.applyAsDouble(x[i]) + Math.log(KRONROD[j] * half);
      gaussShare[i] = j % 2 == 1 ? GAUSS[j / 2] / KRONROD[j] : 0;
    }
    return new Piece(lo, hi, x, logTerm, gaussShare);
  }

  /** The ends of the range and the features of every Gaussian on the variable, in order. */
  private static List<Double> breaks(
      PlainCircuit circuit, int var, Support.Range range, DoubleUnaryOperator logF) {
    TreeSet<Double> features = new TreeSet<>();
    PlainVariable.Prior prior = ((PlainVariable.Real) circuit.variables().get(var)).prior();
    if (prior != null) {
      addFeatures(features, prior.mean(), prior.scale());
    }
    for (PlainNode node : circuit.nodes()) {
      if (node instanceof PlainNode.Gaussian g && g.var() == var) {
        addFeatures(features, g.mean(), g.scale());
      }
    }
    if (features.isEmpty()) {
      features.add(0.0);
    }
    double lo = range.lo();
    double hi = range.hi();
    double width = Math.max(1, features.last() - features.first());
    // Tails beyond the last feature: those of a link may be much wider than its Gaussians'.
    double peak = Double.NEGATIVE_INFINITY;
    for (double x : features) {
      double inside = Math.max(lo, Math.min(hi, x));
      peak = Math.max(peak, logF.applyAsDouble(inside));
    }
    double leftmost = Math.min(features.first(), hi);
    double rightmost = Math.max(features.last(), lo);
    if (Double.isInfinite(lo)) {
      lo = addTail(features, leftmost, -width, peak, logF);
    }
    if (Double.isInfinite(hi)) {
      hi = addTail(features, rightmost, width, peak, logF);
    }
    features.add(lo);
    features.add(hi);
    return lo < hi ? List.copyOf(features.subSet(lo, true, hi, true)) : List.of();
  }

  /** Doubles its way out until the integrand is negligible, and returns where that is. */
  private static double addTail(
      TreeSet<Double> features, double from, double step, double peak, DoubleUnaryOperator logF) {
    features.add(from);
    double end = from;
    for (int doubling = 0; doubling < 30; doubling++) {
      end += step * (1L << doubling);
      features.add(end);
      if (!(logF.applyAsDouble(end) > peak - 80)) {
        return end;
      }
    }
    throw new IllegalArgumentException(
        "the integrand does not fall off towards " + end + ": its integral seems infinite");
  }

  private static void addFeatures(TreeSet<Double> features, double mean, double scale) {
    for (double z : new double[] {-8, -3, 0, 3, 8}) {
      features.add(mean + z * scale);
    }
  }
}
