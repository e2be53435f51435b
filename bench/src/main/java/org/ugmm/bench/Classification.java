package org.ugmm.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.dtree.CARTClassificationTrainer;
import org.tribuo.classification.dtree.impurity.GiniIndex;
import org.tribuo.classification.ensemble.VotingCombiner;
import org.tribuo.common.tree.RandomForestTrainer;
import org.tribuo.impl.ArrayExample;
import org.tribuo.provenance.SimpleDataSourceProvenance;
import org.ugmm.bench.HoledTable.Hidden;
import org.ugmm.compiler.build.Family;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.compiler.build.Training;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * Accuracy of a class in five folds, with the cells that are missing and with 30 % more hidden at
 * random: a learned circuit that integrates holes out, the same with holes filled by means and most
 * frequent states, and a random forest of Tribuo on the filled table: {@code java -cp
 * bench/target/benchmarks.jar org.ugmm.bench.Classification WORK STRUCTURE SEED
 * TABLE.csv:CLASS[:LEFT,OUT]...}, where WORK is the budget of each training in multiply-adds, such
 * as 1e9, STRUCTURE one of training, such as auto or gaussian, and SEED that of folds, of what is
 * hidden, of training and of the forest.
 */
public final class Classification {
  private static final int FOLDS = 5;
  private static final int TREES = 300;

  /** Kept, since what nobody keeps of a logger is forgotten. It tells of every tree. */
  private static final Logger TRIBUO = Logger.getLogger("org.tribuo");

  private Classification() {}

  /** Prints a line for each table and share. */
  public static void main(String[] args) throws IOException {
    if (args.length < 4) {
      throw new IllegalArgumentException(
          "expected WORK STRUCTURE SEED TABLE.csv:CLASS..., such as 1e9 auto 1 penguins.csv:species");
    }
    TRIBUO.setLevel(Level.OFF);
    TrainOptions options =
        TrainOptions.DEFAULT
            .withBudget(Double.parseDouble(args[0]), Long.MAX_VALUE)
            .withFamily(Family.parse(args[1]), 0);
    long seed = Long.parseLong(args[2]);
    options = options.withLearn(options.learn().withSeed(seed));
    System.out.println("table, more hidden | circuit | circuit, filled by means | random forest");
    for (String arg : Arrays.asList(args).subList(3, args.length)) {
      String[] part = arg.split(":");
      Set<String> leftOut = part.length > 2 ? Set.of(part[2].split(",")) : Set.of();
      HoledTable whole = HoledTable.read(Path.of(part[0])).without(leftOut);
      int label = indexOf(whole, part[1]);
      for (double share : new double[] {0, 0.3}) {
        HoledTable table = whole.hiding(Hidden.AT_RANDOM, share, seed);
        for (int r = 0; r < table.numRows(); r++) {
          table.seen()[r][label] = table.truth()[r][label];
        }
        int[] right = right(table, label, options, seed);
        System.out.printf(
            Locale.ROOT,
            "%s %.0f %% | %.4f | %.4f | %.4f%n",
            Path.of(part[0]).getFileName(),
            100 * share,
            (double) right[0] / right[3],
            (double) right[1] / right[3],
            (double) right[2] / right[3]);
      }
    }
  }

  private static int indexOf(HoledTable table, String name) {
    for (int c = 0; c < table.variables().size(); c++) {
      if (table.variables().get(c).name().equals(name)) {
        return c;
      }
    }
    throw new IllegalArgumentException("no column '%s' of states".formatted(name));
  }

  /** Right answers of the three, and the number of rows whose class is known. */
  private static int[] right(HoledTable table, int label, TrainOptions options, long seed) {
    int n = table.numRows();
    int[] fold = new int[n];
    int[] order = shuffled(n, seed);
    for (int i = 0; i < n; i++) {
      fold[order[i]] = i % FOLDS;
    }
    int[] right = new int[4];
    for (int f = 0; f < FOLDS; f++) {
      List<double[]> train = new ArrayList<>();
      List<double[]> test = new ArrayList<>();
      for (int r = 0; r < n; r++) {
        if (!Double.isNaN(table.truth()[r][label])) {
          (fold[r] == f ? test : train).add(table.seen()[r]);
        }
      }
      double[] middle = middle(table, train);
      List<double[]> filledTrain = filled(train, middle, label);
      List<double[]> filledTest = filled(test, middle, label);
      right[0] += circuit(table, label, train, test, options);
      right[1] += circuit(table, label, filledTrain, filledTest, options);
      right[2] += forest(table, label, filledTrain, filledTest, seed);
      right[3] += test.size();
    }
    return right;
  }

  private static int[] shuffled(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  /** [columns] mean of the known cells, or their most frequent state. */
  private static double[] middle(HoledTable table, List<double[]> rows) {
    double[] middle = new double[table.variables().size()];
    for (int c = 0; c < middle.length; c++) {
      int column = c;
      double[] known =
          rows.stream().mapToDouble(r -> r[column]).filter(x -> !Double.isNaN(x)).toArray();
      if (table.isReal(c)) {
        middle[c] = Arrays.stream(known).average().orElse(0);
      } else {
        int[] count = new int[table.numStates(c)];
        for (double x : known) {
          count[(int) x]++;
        }
        for (int s = 1; s < count.length; s++) {
          middle[c] = count[s] > count[(int) middle[c]] ? s : middle[c];
        }
      }
    }
    return middle;
  }

  private static List<double[]> filled(List<double[]> rows, double[] middle, int label) {
    List<double[]> filled = new ArrayList<>();
    for (double[] row : rows) {
      double[] copy = row.clone();
      for (int c = 0; c < copy.length; c++) {
        copy[c] = Double.isNaN(copy[c]) && c != label ? middle[c] : copy[c];
      }
      filled.add(copy);
    }
    return filled;
  }

  private static int circuit(
      HoledTable table,
      int label,
      List<double[]> train,
      List<double[]> test,
      TrainOptions options) {
    String name = table.variables().get(label).name();
    double[] rows = train.stream().flatMapToDouble(Arrays::stream).toArray();
    Circuit circuit =
        Training.of(TrainingData.of(table.variables(), rows))
            .learn(options.withClassVariable(name))
            .circuit();
    Inference inference = new Inference(circuit);
    int right = 0;
    for (double[] row : test) {
      double[] features = row.clone();
      features[label] = Double.NaN;
      CategoricalPosterior posterior =
          (CategoricalPosterior) inference.posterior(name, Evidence.ofRow(circuit, features));
      right += posterior.mostProbable() == row[label] ? 1 : 0;
    }
    return right;
  }

  private static int forest(
      HoledTable table, int label, List<double[]> train, List<double[]> test, long seed) {
    LabelFactory labels = new LabelFactory();
    MutableDataset<Label> data =
        new MutableDataset<>(new SimpleDataSourceProvenance("table", labels), labels);
    for (double[] row : train) {
      data.add(example(table, label, row));
    }
    int numFeatures = data.getFeatureMap().size();
    CARTClassificationTrainer tree =
        new CARTClassificationTrainer(
            Integer.MAX_VALUE,
            1,
            0,
            (float) (Math.sqrt(numFeatures) / numFeatures),
            new GiniIndex(),
            seed);
    Model<Label> forest =
        new RandomForestTrainer<>(tree, new VotingCombiner(), TREES, seed).train(data);
    int right = 0;
    for (double[] row : test) {
      String answer = forest.predict(example(table, label, row)).getOutput().getLabel();
      right += answer.equals(state(table, label, row)) ? 1 : 0;
    }
    return right;
  }

  private static String state(HoledTable table, int column, double[] row) {
    return ((Categorical) table.variables().get(column)).states().get((int) row[column]);
  }

  /** Numbers as they are, one feature a state of the others. */
  private static ArrayExample<Label> example(HoledTable table, int label, double[] row) {
    ArrayExample<Label> example = new ArrayExample<>(new Label(state(table, label, row)));
    for (int c = 0; c < row.length; c++) {
      String name = table.variables().get(c).name();
      if (c != label && table.isReal(c)) {
        example.add(name, row[c]);
      } else if (c != label) {
        example.add(name + "=" + state(table, c, row), 1);
      }
    }
    return example;
  }
}
