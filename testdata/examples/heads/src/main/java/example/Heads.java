package example;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A convolutional network and a transformer over the rows of a digit, each with a softmax head and
 * with a head of uGMM units, trained end to end and compared.
 */
public final class Heads {
  private static final int FEATURES = 32;
  private static final double[] SHARES = {0, 0.1, 0.3, 0.5, 0.9};

  private Heads() {}

  /** Arguments: the folder of digits.csv, and epochs. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : "../../data");
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 30;
    Digits train = Digits.read(folder, false);
    Digits test = Digits.read(folder, true);
    System.out.println(
        "| network, head | parameters: trunk, head | accuracy | ECE | NLL | Brier | OOD AUROC:"
            + " log-sum, confidence | features missing: 10 / 30 / 50 / 90 % | ms a step |"
            + " core-seconds |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|---|---:|---:|");
    for (boolean isConvolution : new boolean[] {true, false}) {
      for (boolean isUgmm : new boolean[] {false, true}) {
        Engine.getInstance().setRandomSeed(1);
        try (NDManager manager = NDManager.newBaseManager()) {
          List<UgmmLayer> layers = new ArrayList<>();
          Block trunk = isConvolution ? convolution() : transformer();
          Block head = isUgmm ? ugmm(layers) : softmax();
          Fitted fitted = new Fitted(manager, trunk, head, layers, train, epochs, 3e-3f);
          String name = (isConvolution ? "CNN" : "Transformer") + (isUgmm ? ", uGMM" : ", softmax");
          System.out.println(row(name, fitted, train, test));
        }
      }
    }
  }

  private static Block convolution() {
    return new SequentialBlock()
        .add(list -> new NDList(list.get(0).reshape(-1, 1, 8, 8)))
        .add(
            Conv2d.builder()
                .setFilters(16)
                .setKernelShape(new Shape(3, 3))
                .optPadding(new Shape(1, 1))
                .build())
        .add(Activation::relu)
        .add(
            Conv2d.builder()
                .setFilters(32)
                .setKernelShape(new Shape(3, 3))
                .optPadding(new Shape(1, 1))
                .build())
        .add(Activation::relu)
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(FEATURES).build());
  }

  /** Each row of pixels is a token, with its place beside it. */
  private static Block transformer() {
    return new SequentialBlock()
        .add(Heads::tokens)
        .add(Linear.builder().setUnits(FEATURES).build())
        .add(new TransformerEncoderBlock(FEATURES, 4, 64, 0f, Activation::relu))
        .add(list -> new NDList(list.get(0).mean(new int[] {1})))
        .add(Linear.builder().setUnits(FEATURES).build());
  }

  private static NDList tokens(NDList list) {
    NDArray rows = list.get(0).reshape(-1, 8, 8);
    NDArray place = rows.getManager().eye(8).expandDims(0).repeat(0, rows.getShape().get(0));
    return new NDList(rows.concat(place, 2));
  }

  private static Block softmax() {
    return new SequentialBlock()
        .add(Activation::relu)
        .add(Linear.builder().setUnits(FEATURES).build())
        .add(Activation::relu)
        .add(Linear.builder().setUnits(Digits.CLASSES).build());
  }

  /** Log-densities are far from 0, so what enters a layer is centred and scaled first. */
  private static Block ugmm(List<UgmmLayer> layers) {
    layers.add(new UgmmLayer(FEATURES));
    layers.add(new UgmmLayer(Digits.CLASSES));
    return new SequentialBlock()
        .add(BatchNorm.builder().build())
        .add(layers.get(0))
        .add(BatchNorm.builder().build())
        .add(layers.get(1));
  }

  private static String row(String name, Fitted fitted, Digits train, Digits test) {
    float[] mean = Digits.means(fitted.features(train.pixels()));
    float[][] features = fitted.features(test.pixels());
    double[][] logits = fitted.logits(features);
    double[][] strange = fitted.logits(fitted.features(test.inverted().pixels()));
    Verdict verdict = Verdict.of(logits, test.label());
    StringBuilder missing = new StringBuilder();
    for (int s = 1; s < SHARES.length; s++) {
      double[][] some = fitted.logits(Digits.hidden(features, SHARES[s], mean));
      missing.append(s > 1 ? " / " : "");
      missing.append(String.format(Locale.ROOT, "%.3f", Verdict.of(some, test.label()).accuracy()));
    }
    return String.format(
        Locale.ROOT,
        "| %s | %,d, %,d | %.3f | %.4f | %.4f | %.4f | %.3f, %.3f | %s | %.2f | %.1f |",
        name,
        fitted.size(false),
        fitted.size(true),
        verdict.accuracy(),
        verdict.calibration(),
        verdict.nll(),
        verdict.brier(),
        Verdict.auroc(Verdict.logSums(logits), Verdict.logSums(strange)),
        Verdict.auroc(Verdict.confidences(logits), Verdict.confidences(strange)),
        missing,
        fitted.stepMillis(),
        fitted.coreSeconds());
  }
}
