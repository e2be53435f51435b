package org.ugmm.tool;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.OutputException;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.StandardOutput;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code ugmm}. */
@Command(
    name = "ugmm",
    description = "Compiles uGMM networks and other probabilistic circuits, and answers queries.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit status: 0 done; 1 failed; 2 wrong usage; 3 unreadable or invalid input;",
      "4 refused: the query has no answer with an allowed certificate."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the specification
public final class Main implements Runnable {
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int INVALID = 3;
  static final int REFUSED = 4;

  /** Each command and what makes it, in the order of the help. */
  private static final Map<String, Function<Console, Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("advise", AdviseCommand::new);
    COMMANDS.put("check", CheckCommand::new);
    COMMANDS.put("compile", CompileCommand::new);
    COMMANDS.put("completion", CompletionCommand::new);
    COMMANDS.put("convert", ConvertCommand::new);
    COMMANDS.put("explain", ExplainCommand::new);
    COMMANDS.put("help", HelpCommand::new);
    COMMANDS.put("impute", ImputeCommand::new);
    COMMANDS.put("inspect", InspectCommand::new);
    COMMANDS.put("mcp", McpCommand::new);
    COMMANDS.put("query", QueryCommand::new);
    COMMANDS.put("report", ReportCommand::new);
    COMMANDS.put("score", ScoreCommand::new);
    COMMANDS.put("serve", ServeCommand::new);
    COMMANDS.put("train", TrainCommand::new);
  }

  /** No terminal that a person reads is narrower; some that are none say 0. */
  private static final int LEAST_COLUMNS = 40;

  private static final int HELP_COLUMNS = 100;

  /** Commands that speak of all others. */
  private static final List<String> OF_ALL = List.of("help", "completion");

  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs the command and ends the JVM with its exit status. */
  public static void main(String[] args) {
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    // not System.out: its encoding is that of the platform, and it is silent about failed writes
    boolean showsAnswers = Boolean.getBoolean("org.ugmm.terminal.out");
    int said = Integer.getInteger("org.ugmm.terminal.columns", 0);
    int columns = said < LEAST_COLUMNS ? StandardOutput.UNLIMITED : said;
    Console console =
        new Console(
            new FileInputStream(FileDescriptor.in),
            StandardOutput.over(
                new FileOutputStream(FileDescriptor.out),
                showsAnswers ? columns : StandardOutput.UNLIMITED),
            err,
            Boolean.getBoolean("org.ugmm.terminal"),
            showsAnswers,
            columns);
    System.exit(run(console, args));
  }

  /**
   * Runs the command.
   *
   * @return its exit status
   */
  static int run(Console console, String... args) {
    boolean stacktrace = Arrays.asList(args).contains("--stacktrace");
    CommandLine command = new CommandLine(new Main());
    boolean isNamed = args.length > 0 && !args[0].startsWith("-");
    if (isNamed && !COMMANDS.containsKey(args[0])) {
      return fail(console, unknown(args[0]), command, stacktrace);
    }
    // picocli reads the annotations of what it is given; a query starts faster without the others
    boolean needsOne = isNamed && !OF_ALL.contains(args[0]);
    for (String name : needsOne ? List.of(args[0]) : commands()) {
      command.addSubcommand(Objects.requireNonNull(COMMANDS.get(name)).apply(console));
    }
    int columns = console.showsAnswers() ? console.columns() : StandardOutput.UNLIMITED;
    command.setUsageHelpWidth(Math.min(HELP_COLUMNS, columns));
    command.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    StringWriter help = new StringWriter();
    command.setOut(new PrintWriter(help));
    command.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setParameterExceptionHandler(
        (e, unused) -> fail(console, e, e.getCommandLine(), stacktrace));
    command.setExecutionExceptionHandler(
        (e, failed, unused) -> fail(console, e, failed, stacktrace));
    try {
      int status = command.execute(args);
      console.out().print(help);
      console.out().flush();
      return status;
    } catch (OutputException | OutOfMemoryError e) {
      return fail(console, e, command, stacktrace);
    }
  }

  static UsageException unknown(String name) {
    String near =
        COMMANDS.keySet().stream()
            .filter(command -> distance(name, command) <= 2)
            .findFirst()
            .map(command -> "; did you mean %s?".formatted(command))
            .orElse("; expected " + choices());
    return new UsageException("'%s' is no command%s".formatted(Words.shorten(name), near));
  }

  /** The names of the commands in the order of the help. */
  static List<String> commands() {
    return List.copyOf(COMMANDS.keySet());
  }

  private static String choices() {
    String all = String.join(", ", COMMANDS.keySet());
    int last = all.lastIndexOf(", ");
    return all.substring(0, last) + " or " + all.substring(last + 2);
  }

  /** The least number of letters to insert, drop or exchange (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int exchanged = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(exchanged, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given; expected " + choices());
  }

  private static int fail(Console console, Throwable e, CommandLine command, boolean stacktrace) {
    PrintStream err = console.err();
    int status = status(e);
    if (e instanceof OutputException output && output.isReaderGone()) {
      return status; // as with head: who reads has enough, and knows it
    }
    err.println("ugmm: " + message(e));
    if (status == USAGE) {
      err.println("Try '%s --help'.".formatted(command.getCommandSpec().qualifiedName()));
    }
    if (stacktrace) { // asked for by --stacktrace, and by nothing else
      e.printStackTrace(err);
    }
    return status;
  }

  private static int status(Throwable e) {
    if (e instanceof ParameterException || e instanceof UsageException) {
      return USAGE;
    }
    if (e instanceof ModelException
        || e instanceof CircuitException
        || e instanceof ArgumentException
        || e instanceof InputException) {
      return INVALID;
    }
    return e instanceof RefusedException || e instanceof Refusal ? REFUSED : FAILED;
  }

  private static String message(Throwable e) {
    if (e instanceof OutOfMemoryError) {
      return "out of memory; give the JVM more with UGMM_JAVA_OPTS=-Xmx8g";
    }
    String message = e.getMessage();
    boolean isOurs = status(e) != FAILED || e instanceof OutputException;
    return isOurs && message != null
        ? message
        : "failed with %s%s; --stacktrace shows where"
            .formatted(e.getClass().getSimpleName(), message == null ? "" : ": " + message);
  }

  /** The version of the jar. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }

  /** What {@code --version} prints. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String engine = Circuit.class.getPackage().getImplementationVersion();
      return new String[] {
        "ugmm " + version(),
        "engine " + (engine == null ? "(not packaged)" : engine),
        "Java " + System.getProperty("java.version")
      };
    }
  }
}
