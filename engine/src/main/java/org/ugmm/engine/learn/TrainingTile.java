package org.ugmm.engine.learn;

import java.util.Arrays;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.kernel.StripKernels;
import org.ugmm.engine.kernel.TrainingKernels;

/**
 * The workspace of one thread: some rows at a time, values up, flows down, statistics added up. Not
 * thread-safe.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
final class TrainingTile<A> {
  /*
   * A value is mantissa times 2^exponent, one exponent a row and block; mantissas are at most 1. Sums
   * are scaled by a power of two so that the largest of a row, most, is at least 1/2. loss says how much
   * any mantissa may lack because something was too small on the way, in units of 2^tiny: a product of
   * mantissas at most a and b that may lack d and e may lack a e + b d. Where all agree on what is most,
   * the share loss / most so grows by what is lost on the way only, however deep the circuit: a unit where
   * there is a number below 2^tiny, and what products round to 0. A row whose root may lack more than
   * 2^WORST of its value is left to the log domain, as is a row that is zero here.
   *
   * Downwards, G = flow over value of a sum; the sums' weights get G X^T, the input X o (W^T G): the
   * exponents of X and of the sums differ by the shift only, which quotient() puts right.
   */
  private static final int WORST = -20;

  /** More than a power of two lacks where it becomes 0, in units of 2^tiny. */
  private static final double LOST_BY_POWER = 0x1p-20;

  final TrainingPlan plan;
  final TrainedCircuit circuit;
  final TrainingKernels<A> kernels;
  final TrainingWeights<A> weights;
  final int maxRows;

  /** Kernels of blocks that stand in strips. */
  final StripKernels<A> strips;

  /** Rows of the present tile. */
  int rows;

  /** Rows that a block has room for: those of whole strips. */
  int pitch;

  /** [rowSize * rows] mantissas, linear. */
  final A values;

  /** [rowSize * rows] flows; of sums, flow over value once they were visited. */
  final A flows;

  /** [numStatistics] sums over rows since {@link #clear}. */
  final A statistics;

  /** Which rows of the statistics of tables are not zero: of many states a batch meets few. */
  final boolean[] marks;

  /** [variables * maxRows] cells as doubles, reals in units, states by index, by variable. */
  final double[] cells;

  final A reals;
  final int[] states;

  /** What flows are multiplied by where they are counted: weights of rows are over it. */
  double flowScale = 1;

  private final A input;
  private final A inputFlow;

  /** [pieces][maxRows] what a piece is multiplied by to have the exponent of its block. */
  private final A factor;

  /** [blocks][maxRows] of the values, see above. */
  final double[] most;

  private final int[] exponent;
  private final double[] loss;
  private final int[] shift;

  /** [pieces][maxRows] the same of children. */
  private final int[] pieceExponent;

  private final double[] pieceMost;
  private final double[] pieceLoss;
  private final int[] inputExponent;
  private final double[] inputLoss;
  private final int[] lifted;

  /** What a product lacks where it becomes 0, in units of 2^tiny. */
  private final double lostByProduct;

  private final boolean[] isSoft;
  private final boolean[] isRead;
  private double[] extra = {};

  TrainingTile(TrainingPlan plan, TrainedCircuit circuit, TrainingWeights<A> weights, int maxRows) {
    this.plan = plan;
    this.circuit = circuit;
    this.weights = weights;
    this.maxRows = maxRows;
    kernels = weights.kernels;
    strips = kernels.strips();
    int slack = 2 * kernels.lanes();
    values = kernels.zeros(Math.addExact(Math.multiplyExact(plan.rowSize, maxRows), slack));
    flows = kernels.zeros(plan.rowSize * maxRows + slack);
    statistics = kernels.zeros(plan.numStatistics + strips.strip());
    marks = new boolean[plan.numMarks];
    input = kernels.zeros(plan.inputSize * maxRows + slack);
    inputFlow = kernels.zeros(plan.inputSize * maxRows + slack);
    int numVariables = circuit.source.numVariables();
    cells = new double[numVariables * maxRows];
    reals = kernels.zeros(numVariables * maxRows);
    states = new int[numVariables * maxRows];
    int perBlock = plan.blocks.size() * maxRows;
    exponent = new int[perBlock];
    most = new double[perBlock];
    loss = new double[perBlock];
    shift = new int[perBlock];
    int mostPieces = 1;
    isRead = new boolean[numVariables];
    for (TrainingBlock block : plan.blocks) {
      if (block instanceof SumBlock sums) {
        mostPieces = Math.max(mostPieces, sums.pieces.size());
      } else {
        for (LeafColumns columns : ((LeafBlock) block).columns) {
          isRead[columns.variable] = true;
        }
      }
    }
    factor = kernels.zeros(mostPieces * maxRows);
    pieceExponent = new int[mostPieces * maxRows];
    pieceMost = new double[mostPieces * maxRows];
    pieceLoss = new double[mostPieces * maxRows];
    inputExponent = new int[maxRows];
    inputLoss = new double[maxRows];
    lifted = new int[mostPieces * maxRows];
    lostByProduct = power(kernels.vanishing() - kernels.tiny());
    isSoft = new boolean[maxRows];
  }

  /** Forgets all statistics. */
  void clear() {
    for (TrainingBlock block : plan.blocks) {
      if (block instanceof SumBlock sums) {
        kernels.fill(statistics, sums.statisticFrom, sums.inputStride * sums.width, 0);
      } else {
        for (LeafColumns columns : ((LeafBlock) block).columns) {
          columns.clear(this);
        }
      }
    }
    Arrays.fill(extra, 0);
  }

  /** [circuit's statistics] counts that were made in double, times {@link #flowScale} already. */
  double[] extra() {
    if (extra.length == 0) {
      extra = new double[circuit.numStatistics()];
    }
    return extra;
  }

  /**
   * Evaluates some rows.
   *
   * @param of the table
   * @param chosen its rows
   * @param from first of them
   * @param count at most maxRows
   * @param logs natural log of each row's probability, NaN where the log domain must say
   */
  void up(Rows of, int[] chosen, int from, int count, double[] logs) {
    rows = count;
    int strip = plan.hasStrips ? strips.strip() : 1;
    pitch = (count + strip - 1) / strip * strip;
    load(of, chosen, from);
    for (TrainingBlock block : plan.blocks) {
      if (block instanceof SumBlock sums) {
        up(sums);
      } else {
        up((LeafBlock) block);
      }
    }
    int root = plan.root.index * maxRows;
    int at = plan.root.base * pitch + plan.rootColumn;
    for (int r = 0; r < rows; r++) {
      double mantissa = kernels.get(values, at + r * plan.root.stride);
      boolean isLost = !(loss[root + r] <= Math.scalb(mantissa, WORST - kernels.tiny()));
      logs[r] =
          isSoft[r] || isLost ? Double.NaN : Math.log(mantissa) + exponent[root + r] * Math.log(2);
    }
  }

  private void load(Rows of, int[] chosen, int from) {
    Arrays.fill(isSoft, false);
    for (int v = 0; v < isRead.length; v++) {
      if (!isRead[v]) {
        continue;
      }
      int to = v * maxRows;
      of.read(v, chosen, from, rows, cells, to, isSoft);
      if (circuit.source.variables.get(v) instanceof Variable.Categorical categorical) {
        for (int r = to; r < to + rows; r++) {
          states[r] = cells[r] >= 0 ? (int) cells[r] : categorical.numStates();
        }
      } else {
        for (int r = 0; r < rows; r++) {
          kernels.set(reals, to + r, (cells[to + r] - weights.center[v]) / weights.unit[v]);
        }
        kernels.fill(reals, to + rows, pitch - rows, Double.NaN);
      }
    }
  }

  private void up(LeafBlock block) {
    int at = block.index * maxRows;
    Arrays.fill(loss, at, at + rows, weights.isCut[block.index] ? 1 : 0);
    Arrays.fill(exponent, at, at + rows, 0);
    for (int i = 0; i < block.columns.size(); i++) {
      block.columns.get(i).up(this, i == 0);
    }
    if (!block.isLinear()) {
      int from = block.base * pitch;
      if (block.isInStrips) {
        strips.exp2(values, from, block.width, pitch, exponent, most, at, factor);
      } else {
        kernels.exp2(values, from, block.stride, rows, block.width, exponent, most, at);
      }
      Arrays.fill(loss, at, at + rows, LOST_BY_POWER);
    }
  }

  private void up(SumBlock block) {
    boolean anyTiny = block.isInStrips ? sumPairs(block) : sum(block);
    int at = block.index * maxRows;
    double lost = block.depth * (weights.isCut[block.index] ? 1 : lostByProduct);
    for (int r = 0; r < rows; r++) {
      int s = shift[at + r] == Integer.MAX_VALUE ? 0 : shift[at + r];
      exponent[at + r] = inputExponent[r] - s;
      loss[at + r] = (inputLoss[r] + lost) * power(s);
    }
    int strip = block.isInStrips ? strips.strip() : 1;
    for (int r = 0; r < rows && anyTiny; r++) {
      int from = block.base * pitch + r / strip * strip * block.stride + r % strip;
      if (isAnyTiny(from, strip, block.width)) {
        loss[at + r]++;
      }
    }
  }

  /** Writes sums of products of pairs; whether any is too small. */
  private boolean sumPairs(SumBlock block) {
    TrainingBlock a = block.pieces.get(0).block()[0];
    TrainingBlock b = block.pieces.get(0).block()[1];
    begin(0);
    multiply(a, 0);
    multiply(b, 0);
    for (int r = 0; r < rows; r++) {
      inputExponent[r] = pieceExponent[r];
      inputLoss[r] = pieceLoss[r] + block.depth * lostByProduct; // of sums over one factor
    }
    int to = block.base * pitch;
    strips.sums(
        values,
        a.base * pitch,
        a.width,
        b.base * pitch,
        b.width,
        weights.array,
        block.weightFrom,
        to,
        block.width,
        pitch);
    int at = block.index * maxRows;
    return strips.normalise(values, to, block.width, pitch, shift, most, at, factor);
  }

  /** Writes any other sums; whether any is too small. */
  private boolean sum(SumBlock block) {
    assemble(block, false);
    int depth = block.width == 1 ? block.inputStride : block.depth;
    int to = block.base * pitch;
    kernels.product(
        input,
        0,
        block.inputStride,
        weights.array,
        block.weightFrom,
        values,
        to,
        block.stride,
        rows,
        block.stride,
        depth);
    int at = block.index * maxRows;
    return kernels.normalise(values, to, block.stride, rows, block.stride, shift, most, at);
  }

  private boolean isAnyTiny(int from, int step, int width) {
    double smallest = power(kernels.tiny());
    for (int j = 0; j < width; j++) {
      double value = kernels.get(values, from + j * step);
      if (value > 0 && value < smallest) {
        return true;
      }
    }
    return false;
  }

  /**
   * Lays the children of a block of sums side by side, on one exponent a row.
   *
   * @param isKnown whether the exponents and losses of the input are not needed once more
   */
  private void assemble(SumBlock block, boolean isKnown) {
    boolean isSingle = block.pieces.size() == 1;
    for (int p = 0; p < block.pieces.size(); p++) {
      multiply(block.pieces.get(p), block.inputStride, p * maxRows, isKnown && isSingle);
    }
    if (isSingle) {
      System.arraycopy(pieceExponent, 0, inputExponent, 0, rows);
      System.arraycopy(pieceLoss, 0, inputLoss, 0, rows);
      return;
    }
    for (int r = 0; r < rows; r++) {
      int largest = Integer.MIN_VALUE;
      for (int p = r; p < block.pieces.size() * maxRows; p += maxRows) {
        largest = Math.max(largest, pieceExponent[p]);
      }
      double worst = 0;
      for (int p = r; p < block.pieces.size() * maxRows; p += maxRows) {
        worst = Math.max(worst, pieceLoss[p] * power(pieceExponent[p] - largest));
      }
      inputExponent[r] = largest;
      inputLoss[r] = worst;
    }
    for (int p = 0; p < block.pieces.size(); p++) {
      Piece piece = block.pieces.get(p);
      for (int r = 0; r < rows; r++) {
        int by = pieceExponent[p * maxRows + r] - inputExponent[r];
        inputLoss[r] += by < kernels.tiny() ? 1 : lostByProduct;
        kernels.set(factor, p * maxRows + r, by < kernels.tiny() ? 0 : power(by));
      }
      int at = p * maxRows;
      kernels.scaleRows(input, piece.from(), block.inputStride, rows, piece.width(), factor, at);
    }
  }

  /** 2^exponent; infinity above the range of a double, 0 below the normal one. */
  private static double power(int exponent) {
    return Double.longBitsToDouble((long) Math.min(Math.max(exponent + 1023, 0), 2047) << 52);
  }

  /** Forgets what is known of the children of a piece. */
  private void begin(int at) {
    Arrays.fill(pieceExponent, at, at + rows, 0);
    Arrays.fill(pieceLoss, at, at + rows, 0);
    Arrays.fill(pieceMost, at, at + rows, 1);
  }

  /** Takes another factor into what is known of the children of a piece. */
  private void multiply(TrainingBlock by, int at) {
    int from = by.index * maxRows;
    for (int r = 0; r < rows; r++) {
      pieceExponent[at + r] += exponent[from + r];
      pieceLoss[at + r] =
          pieceLoss[at + r] * most[from + r] + loss[from + r] * pieceMost[at + r] + lostByProduct;
      pieceMost[at + r] *= most[from + r];
    }
  }

  /** The children of a piece: products of their factors. */
  private void multiply(Piece piece, int stride, int at, boolean isKnown) {
    TrainingBlock[] factors = piece.block();
    if (!isKnown) {
      begin(at);
    }
    if (piece.form() == Piece.Form.CROSS) {
      if (!isKnown) {
        multiply(factors[0], at);
        multiply(factors[1], at);
      }
      TrainingBlock a = factors[0];
      TrainingBlock b = factors[1];
      kernels.cross(
          values,
          a.base * pitch,
          a.stride,
          a.width,
          values,
          b.base * pitch,
          b.stride,
          b.width,
          input,
          piece.from(),
          stride,
          rows);
      return;
    }
    if (factors.length == 0) {
      for (int r = 0; r < rows; r++) {
        kernels.fill(input, piece.from() + r * stride, piece.width(), 1);
      }
    }
    for (int f = 0; f < factors.length; f++) {
      TrainingBlock b = factors[f];
      if (!isKnown) {
        multiply(b, at);
      }
      if (piece.form() == Piece.Form.ALIGNED) {
        kernels.times(
            values, b.base * pitch, b.stride, input, piece.from(), stride, rows, b.stride, f == 0);
      } else {
        kernels.gather(
            values,
            b.base * pitch,
            b.stride,
            piece.column()[f],
            input,
            piece.from(),
            stride,
            rows,
            f == 0);
      }
      if (f % 4 == 3 && f < factors.length - 1) {
        lift(piece, stride, at);
      }
    }
  }

  /** Keeps products of many factors in range. */
  private void lift(Piece piece, int stride, int at) {
    int width = piece.isVector() ? piece.block()[0].stride : piece.width();
    kernels.normalise(input, piece.from(), stride, rows, width, lifted, pieceMost, at);
    for (int r = at; r < at + rows; r++) {
      int s = lifted[r] == Integer.MAX_VALUE ? 0 : lifted[r];
      pieceExponent[r] -= s;
      pieceLoss[r] *= power(s);
    }
  }

  /**
   * Adds the flows of the rows of the last {@link #up} to the statistics.
   *
   * @param rowFlow [rows] flow of the root in units of {@link #flowScale}, at most 1; 0 where
   *     {@link #up} gave NaN
   */
  void down(double[] rowFlow) {
    kernels.fill(flows, 0, plan.rowSize * pitch, 0);
    for (int r = 0; r < rows; r++) {
      int at = plan.root.base * pitch + r * plan.root.stride + plan.rootColumn;
      kernels.set(flows, at, rowFlow[r]);
    }
    for (int i = plan.blocks.size() - 1; i >= 0; i--) {
      if (plan.blocks.get(i) instanceof SumBlock sums) {
        if (sums.isInStrips) {
          passPairs(sums);
        } else {
          down(sums);
        }
      } else {
        for (LeafColumns columns : ((LeafBlock) plan.blocks.get(i)).columns) {
          columns.down(this);
        }
      }
    }
  }

  private void passPairs(SumBlock block) {
    int from = block.base * pitch;
    int width = block.width;
    int shiftFrom = block.index * maxRows;
    strips.quotient(flows, values, from, width, pitch, shift, shiftFrom, factor);
    TrainingBlock a = block.pieces.get(0).block()[0];
    TrainingBlock b = block.pieces.get(0).block()[1];
    int left = a.base * pitch;
    int right = b.base * pitch;
    strips.count(
        flows,
        from,
        width,
        values,
        left,
        a.width,
        right,
        b.width,
        pitch,
        statistics,
        block.statisticFrom,
        block.inputStride,
        inputFlow,
        input);
    strips.flows(
        values,
        flows,
        left,
        a.width,
        right,
        b.width,
        weights.array,
        block.transposedFrom,
        from,
        width,
        pitch);
  }

  private void down(SumBlock block) {
    int from = block.base * pitch;
    int width = block.inputStride;
    assemble(block, true);
    kernels.quotient(
        flows, values, from, block.stride, rows, block.width, shift, block.index * maxRows);
    kernels.outer(
        flows,
        from,
        block.stride,
        block.width,
        input,
        0,
        width,
        statistics,
        block.statisticFrom,
        width,
        rows);
    kernels.product(
        flows,
        from,
        block.stride,
        weights.array,
        block.transposedFrom,
        inputFlow,
        0,
        width,
        rows,
        width,
        block.width);
    for (int p = 0; p < block.pieces.size(); p++) {
      Piece piece = block.pieces.get(p);
      if (piece.form() == Piece.Form.CROSS && block.pieces.size() > 1) {
        int to = p * maxRows;
        kernels.scaleRows(inputFlow, piece.from(), width, rows, piece.width(), factor, to);
      }
      piece.passDown(kernels, values, flows, input, inputFlow, width, rows, pitch);
    }
  }

  /** Adds the statistics since {@link #clear} to the counts of a circuit. */
  void addTo(double[] counts) {
    for (TrainingBlock block : plan.blocks) {
      if (block instanceof SumBlock sums) {
        addTo(sums, counts);
      } else {
        for (LeafColumns columns : ((LeafBlock) block).columns) {
          columns.count(circuit, this, flowScale, counts);
        }
      }
    }
    for (int i = 0; i < extra.length; i++) {
      counts[i] += extra[i];
    }
  }

  private void addTo(SumBlock sums, double[] counts) {
    for (int m = 0; m < sums.width; m++) {
      if (sums.sums[m] < 0) {
        continue;
      }
      int weight = circuit.parameterStart[sums.sums[m]];
      int count = circuit.statisticStart[sums.sums[m]];
      int row = sums.statisticFrom + m * sums.inputStride;
      for (int p = 0; p < sums.pieces.size(); p++) {
        int[] position = sums.position[m][p];
        int at = row + sums.pieces.get(p).from();
        for (int run = 0; run < position.length; ) {
          int n = TrainingPlan.run(position, run);
          kernels.countWeights(
              statistics,
              at + run,
              circuit.parameter,
              weight + position[run],
              flowScale,
              counts,
              count + position[run],
              n);
          run += n;
        }
      }
    }
  }
}
