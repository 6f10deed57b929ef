import java.io.FileInputStream;
import java.nio.file.Path;
import java.util.List;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.validators.ValidatorFactory;

/**
 * Validates each file as PDF/A-2a and PDF/UA-1: a line a file and standard, a line a broken rule; exit 1
 * if there is one.
 */
public final class CheckPdf {
    private static final List<PDFAFlavour> FLAVOURS = List.of(PDFAFlavour.PDFA_2_A, PDFAFlavour.PDFUA_1);

    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean sound = true;
        for (String file : files) {
            for (PDFAFlavour flavour : FLAVOURS) {
                sound &= check(Path.of(file), flavour);
            }
        }
        System.exit(sound ? 0 : 1);
    }

    private static boolean check(Path file, PDFAFlavour flavour) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file.toFile()), flavour)) {
            ValidationResult result = ValidatorFactory.createValidator(flavour, 10, false, false, false).validate(parser);
            System.out.printf("%s\t%s\t%s\t%d%n", file, flavour, result.isCompliant() ? "valid" : "INVALID", result.getTotalAssertions());
            for (TestAssertion found : result.getTestAssertions()) {
                if (found.getStatus() == TestAssertion.Status.FAILED) {
                    System.out.printf("\t%s %d: %s (%s)%n", found.getRuleId().getClause(), found.getRuleId().getTestNumber(), found.getMessage(), found.getLocation().getContext());
                }
            }
            return result.isCompliant();
        }
    }
}
