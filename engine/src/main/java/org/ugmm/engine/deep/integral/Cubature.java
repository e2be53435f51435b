package org.ugmm.engine.deep.integral;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import org.ugmm.engine.deep.ConditionedNetwork;

/**
 * Integrals of a {@link NetworkDensity} over the box of its network by adaptive Gauss-Kronrod
 * rules, categorical variables summed out; all functions are integrated together, since they share
 * most of the work. Estimates, nothing proven. Not thread-safe.
 */
public final class Cubature {
  /*
   * The rule of a box is the product of a Kronrod rule in each real (QUADPACK, Piessens et al. 1983):
   * 15 points, in three dimensions 7. How much the polynomials of the highest degrees that the nodes
   * tell apart carry of the values along one real (null rules, Berntsen and Espelid 1991) estimates
   * the error that comes from there, less where it is small, as QUADPACK has
   * it, and says where to halve the box. Where a rule could step over a narrow Gaussian it says
   * nothing, and is not applied: the error is then as much as the bounds of the functions over the box
   * leave open. The box with the greatest error is halved, whatever states of the categorical
   * variables it belongs to, so that ridges are sought where they may matter.
   */
  private static final double[] NODE_15 = {
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691258580,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
    0
  };
  private static final double[] KRONROD_15 = {
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
    0.209482141084727828012999174891714
  };
  private static final double[] NODE_7 = {
    0.960491268708020283423507092629080,
    0.774596669241483377035853079956480,
    0.434243749346802558002071502844628,
    0
  };
  private static final double[] KRONROD_7 = {
    0.104656226026467265193823857192073, 0.268488089868333440728569280666710,
    0.401397414775962222905051818618432, 0.450916538658474142345110087045571
  };

  /** By number of reals: equal parts of each to begin with, so that nothing wide is overlooked. */
  private static final int[] PARTS = {1, 64, 6, 4};

  /** By number of reals: scales that a box may move a Gaussian; see {@link RidgeFinder}. */
  private static final double[] SPAN = {0, 32, 32, 40};

  /**
   * By number of reals: what the norm of the null rules is multiplied by. Where features are barely
   * resolved the whole rule has been seen to be wrong by as much, with few points by a few times as
   * much.
   */
  private static final double[] CAUTION = {2, 2, 2, 5};

  private static final int BATCH = 16;

  /** Evaluations that take about as long as bounds over a box. */
  private static final int LOOK = 16;

  /**
   * A part of the box at some states of the categorical variables.
   *
   * @param lo [numFree] lower ends; the state where categorical
   * @param hi [numFree] upper ends; the state where categorical
   * @param sum [size] integrals over it
   * @param error [size] their estimated errors
   * @param worst the greatest of the errors
   * @param split the real to halve
   */
  private record Box(
      double[] lo, double[] hi, double[] sum, double[] error, double worst, int split) {}

  private final ConditionedNetwork r;
  private final NetworkDensity density;
  private final RidgeFinder features;
  private final int[] real;
  private final int size;
  private final int nodes;
  private final double[] node;

  /** Points of the rule of one box. */
  private final int points;

  /** [points] Kronrod weights of the product rule; the first real turns fastest. */
  private final double[] weight;

  /** [reals][points] the node of each point in one real. */
  private final int[][] nodeOf;

  /** [degrees][nodes] orthonormal polynomials of the highest degrees at the nodes. */
  private final double[][] high;

  private final double[][] at;
  private final double[][] values;
  private final PriorityQueue<Box> queue =
      new PriorityQueue<>((p, q) -> Double.compare(q.worst, p.worst));

  private long looks;

  /** [size] integrals over exp(logShift), linear. */
  final double[] integral;

  /** [size] estimated absolute errors. */
  final double[] error;

  Cubature(ConditionedNetwork r, NetworkDensity density) {
    this.r = r;
    this.density = density;
    size = density.size;
    int[] all = new int[r.numFree()];
    Arrays.setAll(all, i -> i);
    real = Arrays.stream(all).filter(i -> !r.discrete[i]).toArray();
    features = new RidgeFinder(r, density.prior, SPAN[Math.min(real.length, 3)]);
    boolean isCoarse = real.length > 2;
    double[] half = isCoarse ? NODE_7 : NODE_15;
    nodes = 2 * half.length - 1;
    node = mirrored(half, -1);
    double[] kronrod = mirrored(isCoarse ? KRONROD_7 : KRONROD_15, 1);
    high = high(node, kronrod, isCoarse ? 2 : 4);
    int count = 1;
    for (int d = 0; d < real.length; d++) {
      count *= nodes;
    }
    points = count;
    weight = new double[points];
    nodeOf = new int[real.length][points];
    for (int k = 0; k < points; k++) {
      weight[k] = 1;
      for (int d = 0, rest = k; d < real.length; d++, rest /= nodes) {
        nodeOf[d][k] = rest % nodes;
        weight[k] *= kronrod[nodeOf[d][k]];
      }
    }
    at = density.points(BATCH * points);
    values = new double[size][BATCH * points];
    integral = new double[size];
    error = new double[size];
  }

  /** The rule on [-1, 1] from its half on [0, 1], which ends with the middle. */
  private static double[] mirrored(double[] half, int sign) {
    double[] whole = new double[2 * half.length - 1];
    for (int k = 0; k < half.length; k++) {
      whole[k] = sign * half[k];
      whole[whole.length - 1 - k] = half[k];
    }
    return whole;
  }

  /**
   * Polynomials orthonormal under the weights, of the highest degrees that the nodes tell apart.
   */
  private static double[][] high(double[] node, double[] weight, int count) {
    int n = node.length;
    double[][] p = new double[n][n];
    Arrays.fill(p[0], 1 / Math.sqrt(2));
    for (int q = 1; q < n; q++) {
      for (int j = 0; j < n; j++) {
        p[q][j] = node[j] * p[q - 1][j];
      }
      for (int before = 0; before < 2 * q; before++) {
        double[] other = p[before % q];
        double along = 0;
        for (int j = 0; j < n; j++) {
          along += weight[j] * p[q][j] * other[j];
        }
        for (int j = 0; j < n; j++) {
          p[q][j] -= along * other[j];
        }
      }
      double norm = 0;
      for (int j = 0; j < n; j++) {
        norm += weight[j] * p[q][j] * p[q][j];
      }
      for (int j = 0; j < n; j++) {
        p[q][j] /= Math.sqrt(norm);
      }
    }
    double[][] high = Arrays.copyOfRange(p, n - count, n);
    for (int q = 0; q < count; q++) {
      for (int j = 0; j < n; j++) {
        high[q][j] *= Math.scalb(Math.sqrt(2), q + 1 - count);
      }
    }
    return high;
  }

  /**
   * Halves boxes until the error of each function is within a part of the largest integral.
   *
   * @param relative that part
   * @param maxEvaluations most evaluations; the first boxes are evaluated in any case
   */
  void run(double relative, long maxEvaluations) {
    List<Box> open = new ArrayList<>();
    for (Box box : first()) {
      look(box, open);
    }
    double summed = 0;
    do {
      evaluate(open);
      open.clear();
      if (!(largest(error) > 1e-6 * summed)) {
        // The running totals lose digits to what is taken out of them.
        total();
        summed = largest(error);
      }
      double tolerance = relative * largest(integral);
      while (open.size() + 1 < BATCH) {
        Box worst = queue.peek();
        boolean isDone = worst == null || worst.split < 0 || largest(error) <= tolerance;
        long spent = density.evaluations + looks * LOOK + (open.size() + 2L) * points;
        if (isDone || spent > maxEvaluations) {
          break;
        }
        take(queue.remove(), -1);
        halve(worst, open);
      }
    } while (!open.isEmpty());
    total();
  }

  private void total() {
    Arrays.fill(integral, 0);
    Arrays.fill(error, 0);
    for (Box box : queue) {
      take(box, 1);
    }
  }

  public static double largest(double[] values) {
    double most = 0;
    for (double value : values) {
      most = Math.max(most, Math.abs(value));
    }
    return most;
  }

  private void take(Box box, int sign) {
    for (int k = 0; k < size; k++) {
      integral[k] += sign * box.sum[k];
      error[k] += sign * box.error[k];
    }
  }

  /** Equal parts of each real, at each joint state. */
  private List<Box> first() {
    List<Box> found = new ArrayList<>();
    found.add(box(r.lo.clone(), r.hi.clone()));
    for (int i = 0; i < r.numFree(); i++) {
      int parts = r.discrete[i] ? (int) r.hi[i] + 1 : PARTS[Math.min(real.length, 3)];
      List<Box> next = new ArrayList<>(found.size() * parts);
      for (Box box : found) {
        for (int part = 0; part < parts; part++) {
          double[] lo = box.lo.clone();
          double[] hi = box.hi.clone();
          if (r.discrete[i]) {
            lo[i] = hi[i] = part;
          } else {
            lo[i] = end(i, part, parts);
            hi[i] = end(i, part + 1, parts);
          }
          next.add(box(lo, hi));
        }
      }
      found = next;
    }
    return found;
  }

  private double end(int i, int part, int parts) {
    return part == parts ? r.hi[i] : r.lo[i] + (r.hi[i] - r.lo[i]) * part / parts;
  }

  private static Box box(double[] lo, double[] hi) {
    return new Box(lo, hi, lo, lo, 0, -1);
  }

  private void halve(Box box, List<Box> resolved) {
    int i = box.split;
    double middle = box.lo[i] + 0.5 * (box.hi[i] - box.lo[i]);
    double[] leftHi = box.hi.clone();
    double[] rightLo = box.lo.clone();
    leftHi[i] = rightLo[i] = middle;
    look(box(box.lo, leftHi), resolved);
    look(box(rightLo, box.hi), resolved);
  }

  /** Queues a box that a narrow Gaussian may cross unseen, with what it can hold as its error. */
  private void look(Box box, List<Box> resolved) {
    looks++;
    int split = features.unresolved(box.lo, box.hi);
    if (split < 0) {
      resolved.add(box);
      return;
    }
    double volume = 1;
    for (int i : real) {
      volume *= box.hi[i] - box.lo[i];
    }
    double[] most = new double[size];
    density.bound(features.bounds, box.lo, box.hi, most);
    for (int k = 0; k < size; k++) {
      most[k] *= volume;
    }
    Box unseen = new Box(box.lo, box.hi, new double[size], most, largest(most), split);
    queue.add(unseen);
    take(unseen, 1);
  }

  /** Applies the rule to boxes, as many at once as there is room for, and queues them. */
  private void evaluate(List<Box> boxes) {
    int from = 0;
    while (from < boxes.size()) {
      Box leader = boxes.get(from);
      int to = from;
      while (to < boxes.size() && to < from + BATCH && isAlike(leader, boxes.get(to))) {
        place(boxes.get(to), (to - from) * points);
        to++;
      }
      density.setStates(leader.lo);
      density.evaluate(at, (to - from) * points, values);
      for (int b = from; b < to; b++) {
        Box box = rule(boxes.get(b), (b - from) * points);
        queue.add(box);
        take(box, 1);
      }
      from = to;
    }
  }

  private boolean isAlike(Box p, Box q) {
    boolean isAlike = true;
    for (int i = 0; i < r.numFree(); i++) {
      isAlike &= !r.discrete[i] || p.lo[i] == q.lo[i];
    }
    return isAlike;
  }

  /** Puts the points of the rule where they belong; the first real turns fastest. */
  private void place(Box box, int from) {
    int stride = 1;
    for (int i : real) {
      double middle = 0.5 * (box.lo[i] + box.hi[i]);
      double half = 0.5 * (box.hi[i] - box.lo[i]);
      for (int k = 0; k < points; k++) {
        at[i][from + k] = middle + half * node[k / stride % nodes];
      }
      stride *= nodes;
    }
  }

  /** The box with integrals and errors from the values at its points. */
  private Box rule(Box box, int from) {
    int numReal = real.length;
    double volume = 1;
    for (int i : real) {
      volume *= 0.5 * (box.hi[i] - box.lo[i]);
    }
    double[] sum = new double[size];
    double[] estimate = new double[size];
    double[] byReal = new double[numReal];
    double[][] profile = new double[numReal][nodes];
    double worst = 0;
    for (int o = 0; o < size; o++) {
      double[] v = values[o];
      double fine = 0;
      for (double[] part : profile) {
        Arrays.fill(part, 0);
      }
      for (int k = 0; k < points; k++) {
        double part = weight[k] * v[from + k];
        fine += part;
        for (int d = 0; d < numReal; d++) {
          profile[d][nodeOf[d][k]] += part;
        }
      }
      double mean = fine / (1 << numReal);
      double spread = 0;
      for (int k = 0; k < points; k++) {
        spread += weight[k] * Math.abs(v[from + k] - mean);
      }
      for (int d = 0; d < numReal; d++) {
        double squares = 0;
        for (double[] polynomial : high) {
          double along = 0;
          for (int j = 0; j < nodes; j++) {
            along += polynomial[j] * profile[d][j];
          }
          squares += along * along;
        }
        double difference = Math.sqrt(squares);
        double part = CAUTION[Math.min(numReal, 3)] * difference;
        if (spread > 0) {
          part = Math.min(part, spread * Math.pow(200 * difference / spread, 1.5));
        }
        estimate[o] += volume * part;
        byReal[d] = Math.max(byReal[d], volume * part);
      }
      sum[o] = volume * fine;
      worst = Math.max(worst, estimate[o]);
    }
    int split = -1;
    double most = 0;
    for (int d = 0; d < numReal; d++) {
      int i = real[d];
      double middle = box.lo[i] + 0.5 * (box.hi[i] - box.lo[i]);
      if (byReal[d] > most && middle > box.lo[i] && middle < box.hi[i]) {
        most = byReal[d];
        split = i;
      }
    }
    return new Box(box.lo, box.hi, sum, estimate, worst, split);
  }
}
