package org.ugmm.tool;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.ugmm.compiler.read.ModelException;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.RefusedException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

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

  private static final List<String> COMMANDS = List.of("compile", "inspect", "query", "score");

  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs the command and ends the JVM with its exit status. */
  public static void main(String[] args) {
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    // not System.out: its encoding is that of the platform, and it flushes at every line
    Console console =
        new Console(
            new FileInputStream(FileDescriptor.in),
            new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                false,
                StandardCharsets.UTF_8),
            err,
            Boolean.getBoolean("org.ugmm.terminal"));
    int status = run(console, args);
    console.out().flush();
    System.exit(status);
  }

  /**
   * Runs the command.
   *
   * @return its exit status
   */
  static int run(Console console, String... args) {
    boolean stacktrace = Arrays.asList(args).contains("--stacktrace");
    CommandLine command = new CommandLine(new Main());
    // picocli reads the annotations of what it is given; a query starts faster without the others
    boolean isNamed = args.length > 0 && COMMANDS.contains(args[0]);
    for (String name : isNamed ? List.of(args[0]) : COMMANDS) {
      command.addSubcommand(command(name, console));
    }
    command.setUsageHelpWidth(100);
    command.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    command.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    command.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setParameterExceptionHandler(
        (e, unused) -> fail(console, e, e.getCommandLine(), stacktrace));
    command.setExecutionExceptionHandler(
        (e, failed, unused) -> fail(console, e, failed, stacktrace));
    try {
      return command.execute(args);
    } catch (OutOfMemoryError e) {
      return fail(console, e, command, stacktrace);
    }
  }

  private static Object command(String name, Console console) {
    return switch (name) {
      case "compile" -> new CompileCommand(console);
      case "inspect" -> new InspectCommand(console);
      case "query" -> new QueryCommand(console);
      case "score" -> new ScoreCommand(console);
      default -> throw new IllegalArgumentException(name);
    };
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "no command given; expected compile, inspect, query or score");
  }

  private static int fail(Console console, Throwable e, CommandLine command, boolean stacktrace) {
    PrintStream err = console.err();
    int status = status(e);
    err.println("ugmm: " + message(e));
    if (status == USAGE) {
      err.println("Try '%s --help'.".formatted(command.getCommandSpec().qualifiedName()));
    }
    if (stacktrace) {
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
        || e instanceof InputException) {
      return INVALID;
    }
    return e instanceof RefusedException ? REFUSED : FAILED;
  }

  private static String message(Throwable e) {
    if (e instanceof OutOfMemoryError) {
      return "out of memory; give the JVM more with UGMM_JAVA_OPTS=-Xmx8g";
    }
    if (e instanceof UnmatchedArgumentException unmatched
        && unmatched.getCommandLine().getParent() == null) {
      return "'%s' is no command; expected compile, inspect, query or score"
          .formatted(unmatched.getUnmatched().get(0));
    }
    String message = e.getMessage();
    boolean isOurs = status(e) != FAILED || e instanceof OutputException;
    return isOurs && message != null
        ? message
        : "failed with %s%s; --stacktrace shows where"
            .formatted(e.getClass().getSimpleName(), message == null ? "" : ": " + message);
  }

  /** The version of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"ugmm " + (version == null ? "(not packaged)" : version)};
    }
  }
}
