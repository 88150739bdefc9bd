package install

import (
	"archive/tar"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// document is what SPDX 2.3 demands of a document, and what ours promises beyond that.
type document struct {
	SPDXVersion, DataLicense, SPDXID, Name, DocumentNamespace string
	CreationInfo                                              struct {
		Created  time.Time
		Creators []string
	}
	Packages []struct {
		SPDXID, Name, VersionInfo, DownloadLocation string
		FilesAnalyzed                               *bool
		ExternalRefs                                []struct{ ReferenceType, ReferenceLocator string }
	}
	Files []struct {
		SPDXID, FileName string
		Checksums        []struct{ Algorithm, ChecksumValue string }
	}
	Relationships []struct{ SpdxElementID, RelationshipType, RelatedSpdxElement string }
}

func readDocument(t *testing.T) document {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv(productsVariable), "sojourn-operator.spdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var read document
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestBillOfMaterials_HasWhatSPDXDemandsAndEveryNameInItIsDefinedOnce(t *testing.T) {
	bill := readDocument(t)
	if bill.SPDXVersion != "SPDX-2.3" || bill.DataLicense != "CC0-1.0" ||
		bill.SPDXID != "SPDXRef-DOCUMENT" || bill.Name == "" {
		t.Errorf("the head is %q %q %q %q", bill.SPDXVersion, bill.DataLicense, bill.SPDXID, bill.Name)
	}
	if !strings.HasPrefix(bill.DocumentNamespace, "https://") || strings.Contains(bill.DocumentNamespace, "#") {
		t.Errorf("the namespace %q is no URI without a fragment", bill.DocumentNamespace)
	}
	if bill.CreationInfo.Created.IsZero() || len(bill.CreationInfo.Creators) == 0 {
		t.Error("it does not say when and by whom it was made")
	}
	form := regexp.MustCompile(`^SPDXRef-[A-Za-z0-9.-]+$`)
	defined := map[string]bool{bill.SPDXID: true}
	define := func(id string) {
		if !form.MatchString(id) || defined[id] {
			t.Errorf("%q is malformed or defined twice", id)
		}
		defined[id] = true
	}
	for _, item := range bill.Packages {
		define(item.SPDXID)
		if item.Name == "" || item.VersionInfo == "" || item.DownloadLocation == "" {
			t.Errorf("package %+v lacks a name, a version or a place", item)
		}
		if item.FilesAnalyzed == nil || *item.FilesAnalyzed {
			t.Errorf("package %s claims analysed files without their verification code", item.Name)
		}
	}
	for _, file := range bill.Files {
		define(file.SPDXID)
	}
	for _, relationship := range bill.Relationships {
		if !defined[relationship.SpdxElementID] || !defined[relationship.RelatedSpdxElement] {
			t.Errorf("%+v names what is not defined", relationship)
		}
	}
	if first := bill.Relationships[0]; first.RelationshipType != "DESCRIBES" {
		t.Errorf("it begins with %+v and does not say what it describes", first)
	}
}

func TestBillOfMaterials_ListsEveryFileOfTheImageAsItIs(t *testing.T) {
	bill, image := readDocument(t), readImage(t)
	listed := map[string]bool{}
	for _, file := range bill.Files {
		path := strings.TrimPrefix(file.FileName, "./")
		listed[path] = true
		kinds := map[string]string{}
		for _, checksum := range file.Checksums {
			kinds[checksum.Algorithm] = checksum.ChecksumValue
		}
		if len(kinds["SHA1"]) != 40 {
			t.Errorf("%s has no SHA1, which SPDX 2.3 demands", path)
		}
		if is := image.files[path].sha256; is != kinds["SHA256"] {
			t.Errorf("%s has SHA256 %q in the image and %q in the list", path, is, kinds["SHA256"])
		}
	}
	for path, file := range image.files {
		if file.kind == tar.TypeReg && !listed[path] {
			t.Errorf("%s is in the image and not in the list", path)
		}
	}
}

func TestBillOfMaterials_NamesTheDebianPackageOfEveryLibrary(t *testing.T) {
	bill := readDocument(t)
	owner := map[string]string{}
	for _, relationship := range bill.Relationships {
		if relationship.RelationshipType == "CONTAINS" {
			owner[relationship.RelatedSpdxElement] = relationship.SpdxElementID
		}
	}
	located := map[string]string{}
	for _, item := range bill.Packages {
		for _, reference := range item.ExternalRefs {
			located[item.SPDXID] = reference.ReferenceLocator
		}
	}
	libraries := 0
	for _, file := range bill.Files {
		if !strings.Contains(filepath.Base(file.FileName), ".so.") {
			continue
		}
		libraries++
		if at := located[owner[file.SPDXID]]; !strings.HasPrefix(at, "pkg:deb/debian/") {
			t.Errorf("%s is said to come from %q, located %q", file.FileName, owner[file.SPDXID], at)
		}
	}
	if libraries < 5 {
		t.Errorf("only %d libraries are listed", libraries)
	}
}
